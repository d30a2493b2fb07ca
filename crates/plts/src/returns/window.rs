//! Window functions: the arguments are those of the current row, and `ctx.window` reaches the others.

use pg_boundary::call::Call;
use pg_boundary::error::Result;
use pg_boundary::pg_sys::Datum;
use pg_boundary::session;
use pg_boundary::window::{self, Extent, Seek, Window};
use plts_js::{RoleId, WindowAnswer, WindowExtent, WindowQuestion, WindowSeek};

use crate::engine;
use crate::function::Function;
use crate::host::CallHost;

pub fn run(call: &Call, function: &Function) -> Result<Datum> {
    let window = Window::of(call, &function.signature)?;
    let count = function.signature.arguments().len();
    let values = (0..count).map(|index| window.current_argument(index)).collect::<Result<Vec<_>>>()?;
    let mut host = CallHost::new(function.snapshot, false, function.dialect).in_window(window);
    let role = RoleId(session::current_user().to_u32());
    window::on_state_freed(forget_state);
    let outcome = function.engine()?.call(role, &function.spec, &mut host, values.as_slice(), |value| {
        function.signature.encode_result(value)
    });
    Ok(match host.finish(outcome)? {
        Some(datum) => datum,
        None => call.null(),
    })
}

fn forget_state(state: u64) {
    if let Some(engine) = engine::running_engine() {
        engine.forget_window_state(state);
    }
}

/// Answers what JavaScript asks of its window.
pub fn answer(window: Window<'_>, question: WindowQuestion) -> Result<WindowAnswer> {
    Ok(match question {
        WindowQuestion::Position => WindowAnswer::Number(window.position()?),
        WindowQuestion::RowCount => WindowAnswer::Number(window.row_count()?),
        WindowQuestion::SetMark(position) => {
            window.set_mark(position)?;
            WindowAnswer::Nothing
        }
        WindowQuestion::ArePeers(first, second) => WindowAnswer::Truth(window.are_peers(first, second)?),
        WindowQuestion::Argument { extent, index, offset, seek, set_mark } => {
            let extent = match extent {
                WindowExtent::Partition => Extent::Partition,
                WindowExtent::Frame => Extent::Frame,
            };
            let seek = match seek {
                WindowSeek::Current => Seek::Current,
                WindowSeek::Head => Seek::Head,
                WindowSeek::Tail => Seek::Tail,
            };
            match window.argument(extent, index, offset, seek, set_mark)? {
                Some(value) => WindowAnswer::Value(value),
                None => WindowAnswer::Nothing,
            }
        }
        WindowQuestion::State => match window.state()? {
            Some(state) => WindowAnswer::State(state),
            None => WindowAnswer::Nothing,
        },
        WindowQuestion::MakeState => WindowAnswer::State(window.make_state()?),
    })
}
