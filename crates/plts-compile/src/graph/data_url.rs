//! Modules whose whole text is in their specifier: `data:` URLs, taken apart as the Fetch standard does.

use super::unit::ModuleKind;
use data_url::DataUrl;
use plts_core::artifact::source_hash;

/// How the path of every such module begins.
pub(super) const PREFIX: &str = "data:";
/// How much of the digest names the module.
const NAME_DIGITS: usize = 16;

/// The module of a `data:` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DataModule {
    /// `data:`, digits of the digest of the URL, and an extension: short, and the same wherever the URL is written.
    pub(super) path: String,
    pub(super) source: String,
    pub(super) kind: ModuleKind,
}

/// The module of `specifier`, which begins with `data:`.
///
/// Errors: the message of a diagnostic at the specifier.
pub(super) fn parse(specifier: &str) -> Result<DataModule, String> {
    let refuse = |reason: &str| Err(format!("invalid data: module: {reason}"));
    let Ok(url) = DataUrl::process(specifier) else {
        return refuse("it has no comma between its type and its text");
    };
    let mime = url.mime_type();
    let kind = match (mime.type_.as_str(), mime.subtype.as_str()) {
        ("text" | "application", "javascript") => ModuleKind::Js,
        ("application" | "text", "json") => ModuleKind::Json,
        (family, subtype) => {
            return refuse(&format!(
                "its type is {family}/{subtype}; it must be text/javascript or application/json"
            ));
        }
    };
    if mime.get_parameter("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return refuse("its text must be UTF-8");
    }
    let Ok((bytes, _fragment)) = url.decode_to_vec() else { return refuse("its base64 cannot be read") };
    let Ok(source) = String::from_utf8(bytes) else { return refuse("its text must be UTF-8") };
    let digest = source_hash(specifier);
    let digits = digest.trim_start_matches("sha256:").get(..NAME_DIGITS).unwrap_or_default();
    let extension = match kind {
        ModuleKind::Js => "js",
        ModuleKind::Json => "json",
    };
    Ok(DataModule { path: format!("{PREFIX}{digits}.{extension}"), source, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_of_urls() {
        for (specifier, kind, source) in [
            ("data:text/javascript,export default 1", ModuleKind::Js, "export default 1"),
            (
                "data:text/javascript;charset=UTF-8,export%20default%20%22%C3%A9%22",
                ModuleKind::Js,
                "export default \"é\"",
            ),
            ("data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMQ==", ModuleKind::Js, "export default 1"),
            ("data:application/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMQ", ModuleKind::Js, "export default 1"),
            ("data:application/json,{\"a\":1}#top", ModuleKind::Json, "{\"a\":1}"),
            ("data:text/javascript,", ModuleKind::Js, ""),
        ] {
            let module = parse(specifier).unwrap();
            assert_eq!((module.kind, module.source.as_str()), (kind, source), "{specifier}");
        }
    }

    #[test]
    fn the_url_names_the_module() {
        let [one, same, other] =
            ["data:text/javascript,1", "data:text/javascript,1", "data:text/javascript,2"]
                .map(|specifier| parse(specifier).unwrap().path);
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert!(one.starts_with("data:") && one.ends_with(".js") && one.len() == 24, "{one}");
    }

    #[test]
    fn what_is_no_module_says_why() {
        for (specifier, reason) in [
            ("data:text/javascript", "no comma"),
            ("data:,export default 1", "its type is text/plain"),
            ("data:text/html,x", "its type is text/html"),
            ("data:text/javascript;base64,@@@", "its base64"),
            ("data:text/javascript;base64,/w==", "must be UTF-8"),
            ("data:text/javascript;charset=latin1,x", "must be UTF-8"),
        ] {
            let message = parse(specifier).unwrap_err();
            assert!(message.starts_with("invalid data: module: ") && message.contains(reason), "{message}");
        }
    }
}
