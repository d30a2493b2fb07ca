//! The native functions and the names that the prelude knows them by, in one order: the snapshot refers to them by
//! their place in this list, so build.rs and the engine both read it here.

macro_rules! native_functions {
    ($use:ident) => {
        $use! {
            query: "query",
            row: "row",
            exec: "exec",
            cursor_open: "cursorOpen",
            cursor_fetch: "cursorFetch",
            cursor_move: "cursorMove",
            cursor_close: "cursorClose",
            savepoint_begin: "savepointBegin",
            savepoint_end: "savepointEnd",
            batch_begin: "batchBegin",
            end_transaction: "endTransaction",
            amend_error: "amendError",
            quote_identifier: "quoteIdentifier",
            require_text: "requireText",
            log_is_wanted: "logIsWanted",
            log: "log",
            running_stack: "stack",
            error_stack: "errorStack",
            now: "now",
            users: "users",
            is_window: "isWindow",
            window_position: "windowPosition",
            window_row_count: "windowRowCount",
            window_set_mark: "windowSetMark",
            window_are_peers: "windowArePeers",
            window_argument: "windowArgument",
            window_state: "windowState",
            set_window_state: "setWindowState",
            url_parse: "urlParse",
            url_set: "urlSet",
            form_parse: "formParse",
            form_serialize: "formSerialize",
            utf8_length: "utf8Length",
            utf8_write: "utf8Write",
            encoding_name: "encodingName",
            decode: "decode",
            random: "random",
            digest: "digest",
            clock: "clock",
            clone_kind: "cloneKind",
            plv8_execute: "plv8Execute",
            plv8_prepare: "plv8Prepare",
            plv8_cursor_open: "plv8CursorOpen",
            plv8_return_next: "plv8ReturnNext",
            plv8_compile: "plv8Compile",
            memory_usage: "memoryUsage",
        }
    };
}

pub(crate) use native_functions;
