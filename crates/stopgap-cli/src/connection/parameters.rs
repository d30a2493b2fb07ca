//! Connection parameters as libpq takes them: a URL or `key=value` pairs, else a service file, else PG* variables.
//!
//! Guarantee: no value of a parameter is ever part of a message, since it may be a password.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::ConnectionError;

/// The variable of each parameter that has one.
const VARIABLES: [(&str, &str); 13] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGOPTIONS", "options"),
];

/// Parameters that mean something here.
const KNOWN: [&str; 20] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "connect_timeout",
    "options",
    "application_name",
    "target_session_attrs",
    "keepalives",
    "keepalives_idle",
    "channel_binding",
    "tcp_user_timeout",
    "service",
];

/// Parameters of libpq that change nothing here.
const WITHOUT_EFFECT: [&str; 4] =
    ["client_encoding", "fallback_application_name", "gssencmode", "sslcompression"];

/// Where parameters come from beside the connection string: the process's environment, or a test's.
pub(crate) struct Surroundings<'a> {
    /// The value of a variable; an empty one is as good as none.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file, if it is there.
    pub(crate) file: &'a dyn Fn(&PathBuf) -> Option<String>,
}

/// The parameters of a connection, by libpq's names.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a connection string and adds what the service and the variables say.
    pub(crate) fn resolve(text: &str, surroundings: &Surroundings<'_>) -> Result<Self, ConnectionError> {
        let mut parameters = Self::parse(text)?;
        let service = parameters.get("service").map(str::to_owned);
        if let Some(name) = service.or_else(|| (surroundings.variable)("PGSERVICE")) {
            for (key, value) in of_service(&name, surroundings)? {
                parameters.0.entry(key).or_insert(value);
            }
        }
        for (variable, key) in VARIABLES {
            if let Some(value) = (surroundings.variable)(variable) {
                parameters.0.entry(key.to_owned()).or_insert(value);
            }
        }
        if let Some(value) = (surroundings.variable)("PGAPPNAME") {
            parameters.0.entry("application_name".to_owned()).or_insert(value);
        }
        Ok(parameters)
    }

    /// Reads a URL or pairs. The empty string has no parameters.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectionError> {
        let scheme = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let pairs = match scheme {
            Some(rest) => of_url(rest)?,
            None => of_pairs(text)?,
        };
        let mut parameters = BTreeMap::new();
        for (key, value) in pairs {
            if KNOWN.contains(&key.as_str()) {
                if !value.is_empty() {
                    parameters.insert(key, value);
                }
            } else if !WITHOUT_EFFECT.contains(&key.as_str()) {
                return Err(ConnectionError::Syntax);
            }
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// `user:password@host:port,host:port/dbname?key=value`, percent-encoded.
fn of_url(rest: &str) -> Result<Vec<(String, String)>, ConnectionError> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut pairs = Vec::new();
    let mut add = |key: &str, value: &str| -> Result<(), ConnectionError> {
        if !value.is_empty() {
            pairs.push((key.to_owned(), decoded(value)?));
        }
        Ok(())
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    add("user", user)?;
    add("password", password)?;
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(name);
        ports.push(port);
    }
    if names.iter().any(|name| !name.is_empty()) {
        add("host", &names.join(","))?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        let ports: Vec<&str> = ports.iter().map(|port| if port.is_empty() { "5432" } else { port }).collect();
        add("port", &ports.join(","))?;
    }
    add("dbname", database)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(ConnectionError::Syntax)?;
        pairs.push((decoded(key)?, decoded(value)?));
    }
    Ok(pairs)
}

fn decoded(text: &str) -> Result<String, ConnectionError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => {
                let digits = text.get(at + 1..at + 3).ok_or(ConnectionError::Syntax)?;
                match u8::from_str_radix(digits, 16) {
                    Ok(value) if value != 0 => out.push(value),
                    _ => return Err(ConnectionError::Syntax),
                }
                at += 3;
            }
            b' ' => return Err(ConnectionError::Syntax),
            byte => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| ConnectionError::Syntax)
}

/// `key = value key = 'quoted value'`, with `\` before a quote or a backslash.
fn of_pairs(text: &str) -> Result<Vec<(String, String)>, ConnectionError> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or(ConnectionError::Syntax)?;
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(ConnectionError::Syntax);
        }
        let (value, after) = one_value(after.trim_start())?;
        pairs.push((key.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

fn one_value(text: &str) -> Result<(String, &str), ConnectionError> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next().ok_or(ConnectionError::Syntax)?.1),
            '\'' if quoted.is_some() => return Ok((value, &body[at + 1..])),
            _ if quoted.is_none() && character.is_whitespace() => return Ok((value, &body[at..])),
            _ => value.push(character),
        }
    }
    if quoted.is_some() { Err(ConnectionError::Syntax) } else { Ok((value, "")) }
}

/// The section of a service in `PGSERVICEFILE`, `~/.pg_service.conf`, or `pg_service.conf` of `PGSYSCONFDIR`.
fn of_service(name: &str, surroundings: &Surroundings<'_>) -> Result<Vec<(String, String)>, ConnectionError> {
    let variable = surroundings.variable;
    let files = [
        variable("PGSERVICEFILE").map(PathBuf::from),
        variable("HOME").map(|home| PathBuf::from(home).join(".pg_service.conf")),
        variable("PGSYSCONFDIR").map(|folder| PathBuf::from(folder).join("pg_service.conf")),
        Some(PathBuf::from("/etc/postgresql-common/pg_service.conf")),
    ];
    for text in files.iter().flatten().filter_map(|path| (surroundings.file)(path)) {
        let mut is_inside = false;
        let mut found = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                is_inside = section == name;
                if is_inside {
                    found.get_or_insert_with(Vec::new);
                }
            } else if is_inside && let Some(found) = &mut found {
                let (key, value) =
                    line.split_once('=').ok_or(ConnectionError::ServiceSyntax { name: name.to_owned() })?;
                if !KNOWN.contains(&key.trim()) && !WITHOUT_EFFECT.contains(&key.trim()) {
                    return Err(ConnectionError::ServiceSyntax { name: name.to_owned() });
                }
                found.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Err(ConnectionError::NoService { name: name.to_owned() })
}

/// The password for a connection in a password file: `host:port:database:user:password`, where `*` fits everything.
pub(crate) fn password_in(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let port = port.to_string();
    let wanted = [host, &port, database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = password_fields(line);
        let (password, places) = fields.split_last()?;
        let fits = places.len() == wanted.len()
            && places.iter().zip(wanted).all(|(place, wanted)| place == "*" || place == wanted);
        fits.then(|| password.clone())
    })
}

fn password_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut().into_iter().for_each(|field| field.extend(characters.next())),
            _ => fields.last_mut().into_iter().for_each(|field| field.push(character)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<String> {
        match Parameters::parse(text) {
            Ok(parameters) => parameters.0.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            Err(_) => vec!["error".to_owned()],
        }
    }

    #[test]
    fn urls_and_pairs() {
        for (text, expected) in [
            (
                "postgres://ann:s%40@db:6543/app",
                &["dbname=app", "host=db", "password=s@", "port=6543", "user=ann"][..],
            ),
            ("postgresql://db", &["host=db"]),
            ("postgresql:///app?host=/run/pg&port=1", &["dbname=app", "host=/run/pg", "port=1"]),
            ("postgres://%2Frun%2Fpg/app", &["dbname=app", "host=/run/pg"]),
            ("postgres://u@[::1]:7/app", &["dbname=app", "host=::1", "port=7", "user=u"]),
            ("postgres://a:1,b/x", &["dbname=x", "host=a,b", "port=1,5432"]),
            ("host = db  password = 'two \\'words'", &["host=db", "password=two 'words"]),
            ("dbname=app client_encoding=utf8", &["dbname=app"]),
            ("service=prod", &["service=prod"]),
            ("", &[]),
            ("postgres://a/b?unknown=1", &["error"]),
            ("nonsense", &["error"]),
            ("host=x password=two words", &["error"]),
            ("password='open", &["error"]),
            ("postgres://a%zz/b", &["error"]),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn the_string_comes_before_the_service_and_that_before_the_variables() {
        let variable = |name: &str| match name {
            "HOME" => Some("/home/ann".to_owned()),
            "PGHOST" => Some("variable".to_owned()),
            "PGPORT" => Some("1".to_owned()),
            "PGUSER" => Some("ann".to_owned()),
            _ => None,
        };
        let file = |path: &PathBuf| {
            (path.as_os_str() == "/home/ann/.pg_service.conf")
                .then(|| "# mine\n[other]\nhost=o\n[prod]\nhost=service\nport = 2\n".to_owned())
        };
        let surroundings = Surroundings { variable: &variable, file: &file };
        let shown = |text| {
            let parameters = Parameters::resolve(text, &surroundings).ok().unwrap();
            ["host", "port", "user"].map(|key| parameters.get(key).unwrap_or("-").to_owned())
        };
        assert_eq!(shown("host=string service=prod"), ["string", "2", "ann"]);
        assert_eq!(shown("service=prod"), ["service", "2", "ann"]);
        assert_eq!(shown(""), ["variable", "1", "ann"]);
        let missing = Parameters::resolve("service=nowhere", &surroundings);
        assert!(matches!(missing, Err(ConnectionError::NoService { .. })));
    }

    #[test]
    fn password_files() {
        let text = "# mine\ndb:5432:app:ann:one\n*:*:*:ann:t\\:wo:x\n*:*:*:*:three\n";
        let find = |host, user| password_in(text, host, 5432, "app", user);
        assert_eq!(find("db", "ann").as_deref(), Some("one"));
        assert_eq!(find("other", "ann").as_deref(), Some("t:wo:x"));
        assert_eq!(find("other", "bob").as_deref(), Some("three"));
        assert_eq!(password_in("db:1:a:b\n", "db", 1, "a", "b"), None);
    }
}
