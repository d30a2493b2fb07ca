//! Natives of `crypto` and `performance`: the operating system's random bytes, digests, and a clock that only goes
//! forward.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use deno_core::v8;
use plts_core::ErrorReport;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{argument_view, run, text_of};
use crate::errors::Stop;
use crate::raw::bytes;

/// `(view)`: fills it. The view must be one of the prelude's own, on a buffer that was made as such.
pub(super) fn random<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let view = argument_view(&arguments, 0)?;
        let mut failure = None;
        bytes::write_with(view, |target| {
            failure = getrandom::fill(target).err();
            target.len()
        });
        match failure {
            None => Ok(v8::undefined(scope).into()),
            Some(error) => Err(Stop::report(ErrorReport::internal(format!(
                "the operating system gave no random bytes: {error}"
            )))),
        }
    });
}

/// `(algorithm, bytes, target)`: writes the digest; the target is as long as the digest, and the prelude's own.
pub(super) fn digest<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    run(scope, result, |scope, _| {
        let algorithm = text_of(scope, arguments.get(0));
        let source = argument_view(&arguments, 1)?;
        let target = argument_view(&arguments, 2)?;
        let mut storage = [0; v8::TYPED_ARRAY_MAX_SIZE_IN_HEAP];
        let source = source.get_contents(&mut storage);
        let digest = match algorithm.as_str() {
            "SHA-1" => <Sha1 as sha1::Digest>::digest(source).to_vec(),
            "SHA-256" => Sha256::digest(source).to_vec(),
            "SHA-384" => Sha384::digest(source).to_vec(),
            "SHA-512" => Sha512::digest(source).to_vec(),
            _ => return Err(Stop::report(ErrorReport::internal(format!("no digest is called {algorithm}")))),
        };
        bytes::write_with(target, |target| {
            let length = digest.len().min(target.len());
            target[..length].copy_from_slice(&digest[..length]);
            length
        });
        Ok(v8::undefined(scope).into())
    });
}

/// `(origin)`: milliseconds since this process first asked, with a fraction; with `true` when that was, since 1970.
pub(super) fn clock<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    arguments: v8::FunctionCallbackArguments<'s>,
    result: v8::ReturnValue<'s, v8::Value>,
) {
    static ORIGIN: OnceLock<(Instant, f64)> = OnceLock::new();
    run(scope, result, |scope, _| {
        let (begin, since_epoch) = ORIGIN.get_or_init(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            (Instant::now(), now.as_micros() as f64 / 1000.0)
        });
        let milliseconds = if arguments.get(0).is_true() {
            *since_epoch
        } else {
            begin.elapsed().as_micros() as f64 / 1000.0
        };
        Ok(v8::Number::new(scope, milliseconds).into())
    });
}
