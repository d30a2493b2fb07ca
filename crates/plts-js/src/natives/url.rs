//! Natives of `URL` and `URLSearchParams`: the parser, the setters and the form encoding of the URL standard.

use deno_core::url::{Url, form_urlencoded, quirks};
use deno_core::v8;

use super::{run, text_of};
use crate::convert::text;
use crate::errors::Stop;

type Texts<'s> = Result<v8::Local<'s, v8::Value>, Stop>;

fn array_of<'s>(scope: &mut v8::PinScope<'s, '_>, texts: &[&str]) -> Texts<'s> {
    let mut values = Vec::with_capacity(texts.len());
    for each in texts {
        values.push(text::to_js(scope, each)?.into());
    }
    Ok(v8::Array::new_with_elements(scope, &values).into())
}

/// What the getters of `URL` give, in the order that the prelude knows.
fn parts<'s>(scope: &mut v8::PinScope<'s, '_>, url: &Url) -> Texts<'s> {
    array_of(
        scope,
        &[
            quirks::href(url),
            &quirks::origin(url),
            quirks::protocol(url),
            quirks::username(url),
            quirks::password(url),
            quirks::host(url),
            quirks::hostname(url),
            quirks::port(url),
            quirks::pathname(url),
            quirks::search(url),
            quirks::hash(url),
        ],
    )
}

/// `(input, base?)`: the parts of the URL, or undefined when one of them is no URL.
pub(super) fn url_parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let base = match arguments.get(1) {
            base if base.is_undefined() => None,
            base => match Url::parse(&text_of(scope, base)) {
                Ok(base) => Some(base),
                Err(_) => return Ok(v8::undefined(scope).into()),
            },
        };
        let input = text_of(scope, arguments.get(0));
        match Url::options().base_url(base.as_ref()).parse(&input) {
            Ok(url) => parts(scope, &url),
            Err(_) => Ok(v8::undefined(scope).into()),
        }
    });
}

/// `(href, part, value)`: the parts of the URL with that part set. A setter ignores what does not fit, as the
/// standard has it.
pub(super) fn url_set<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let Ok(mut url) = Url::parse(&text_of(scope, arguments.get(0))) else {
            return Ok(v8::undefined(scope).into());
        };
        let part = text_of(scope, arguments.get(1));
        let value = text_of(scope, arguments.get(2));
        let refused = match part.as_str() {
            "protocol" => quirks::set_protocol(&mut url, &value),
            "username" => quirks::set_username(&mut url, &value),
            "password" => quirks::set_password(&mut url, &value),
            "host" => quirks::set_host(&mut url, &value),
            "hostname" => quirks::set_hostname(&mut url, &value),
            "port" => quirks::set_port(&mut url, &value),
            "pathname" => {
                quirks::set_pathname(&mut url, &value);
                Ok(())
            }
            "search" => {
                quirks::set_search(&mut url, &value);
                Ok(())
            }
            "hash" => {
                quirks::set_hash(&mut url, &value);
                Ok(())
            }
            _ => Err(()),
        };
        match refused {
            Ok(()) => parts(scope, &url),
            Err(()) => Ok(v8::undefined(scope).into()),
        }
    });
}

/// `(text)`: names and values in turn.
pub(super) fn form_parse<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let input = text_of(scope, arguments.get(0));
        let mut values = Vec::new();
        for (name, value) in form_urlencoded::parse(input.as_bytes()) {
            values.push(text::to_js(scope, &name)?.into());
            values.push(text::to_js(scope, &value)?.into());
        }
        Ok(v8::Array::new_with_elements(scope, &values).into())
    });
}

/// `([name, value, name, …])`: the text.
pub(super) fn form_serialize<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let Ok(list) = v8::Local::<v8::Array>::try_from(arguments.get(0)) else {
            return Ok(v8::undefined(scope).into());
        };
        let mut output = String::new();
        for index in 0..list.length() {
            if index > 0 {
                output.push(if index % 2 == 0 { '&' } else { '=' });
            }
            let each = list.get_index(scope, index).ok_or(Stop::Thrown)?;
            output.extend(form_urlencoded::byte_serialize(text_of(scope, each).as_bytes()));
        }
        Ok(text::to_js(scope, &output)?.into())
    });
}
