//! The shortcuts into V8 do what its own interface does, at their edges too.

mod harness;

use harness::*;
use plts_core::{TimestampTz, TypeShape, Value};
use plts_js::{Engine, FunctionBody, SessionTimeZone};

/// What comes back of a value that JavaScript returns as it is.
fn echo(value: Value<'static>, shape: TypeShape) -> Value<'static> {
    on_engine(move |engine| {
        let f = expression("(function (ctx, v) { return v; })", &[("v", shape.clone())], shape);
        call(engine, &mut FakeHost::new(), &f, &[value]).unwrap()
    })
}

#[test]
fn integers_pass_at_the_edges_of_small_ones() {
    let small = 1 << 30;
    for number in [0, 1, -1, small - 1, small, small + 1, -small, -small - 1, i32::MAX, i32::MIN] {
        assert_eq!(echo(Value::Int(number), TypeShape::Int4), Value::Int(number));
    }
}

#[test]
fn more_arguments_than_have_a_place_arrive() {
    on_engine(|engine| {
        let names: Vec<String> = (0..12).map(|number| format!("a{number}")).collect();
        let params: Vec<_> = names.iter().map(|name| (name.as_str(), TypeShape::Int4)).collect();
        let js = format!("(function (ctx, {0}) {{ return [{0}].join(); }})", names.join(", "));
        let values: Vec<_> = (0..12).map(|number| Value::Int((number - 6) << 28)).collect();
        let given: Vec<_> = (0..12).map(|number| ((number - 6i32) << 28).to_string()).collect();
        let f = expression(&js, &params, TypeShape::Text);
        assert_eq!(call(engine, &mut FakeHost::new(), &f, &values).unwrap(), text(&given.join(",")));
    });
}

#[test]
fn texts_of_any_length_arrive() {
    let long: String = ('!'..='~').cycle().take(100_000).collect();
    for length in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 4095, 4096, 4097, 100_000] {
        let value = text(&long[..length]);
        assert_eq!(echo(value.clone(), TypeShape::Text), value);
    }
}

#[test]
fn a_text_is_a_string_like_any_other() {
    on_engine(|engine| {
        let js = "(function (ctx, v) {
          const map = new Map([['name of it', 1]]), object = { 'name of it': 2, '17': 3 };
          return [map.get(v), object[v], v === 'name ' + 'of it', v.slice(5), v + v, v.length, object['1' + v.length - 3]].join('|');
        })";
        let f = expression(js, &[("v", TypeShape::Text)], TypeShape::Text);
        let answer = call(engine, &mut FakeHost::new(), &f, &[text("name of it")]).unwrap();
        assert_eq!(answer, text("1|2|true|of it|name of itname of it|10|"));
    });
}

fn follow(engine: &Engine, zone: &str) {
    assert!(engine.follow_time_zone(&SessionTimeZone { name: zone.to_owned(), fixed_offset: None }));
}

/// Compares what a `Date` of the database says with what one of JavaScript's says.
const SAME_DATE: &str = "
  const fields = (d) => [d.getFullYear(), d.getMonth(), d.getDate(), d.getDay(), d.getHours(), d.getMinutes(), d.getSeconds(),
    d.getMilliseconds(), d.getTimezoneOffset(), d.getUTCDay(), +d, String(d), JSON.stringify(d), d.toLocaleString('en-GB'), d.getYear()].join();
  const check = (d) => {
    const own = new Date(d.getTime());
    if (fields(d) !== fields(own)) throw new Error(`${fields(d)} instead of ${fields(own)}`);
  };";

#[test]
fn dates_say_what_they_are_when_asked() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        // To JavaScript that has become machine code before there was such a Date, which it gets in the same call.
        host.teach("SELECT at", &[], |_, sink| {
            sink.columns(&names(&["at"]))?;
            sink.rows(&[Value::TimestampTz(TimestampTz(86_400_000_000 * 400 + 3_723_000_000))], 1)?;
            Ok(plts_js::Completion { row_count: 1 })
        });
        let js = "(function (ctx) {
          const year = (d) => d.getFullYear() * 10000 + d.getMonth() * 100 + d.getSeconds();
          const sum = (dates) => { let s = 0; for (const d of dates) s += year(d); return s; };
          const own = [];
          for (let i = 0; i < 1000; i++) own.push(new Date(i * 1e9));
          let last = 0;
          for (let i = 0; i < 500; i++) last = sum(own);
          const [d, e] = [ctx.db.sync.one('SELECT at').at, ctx.db.sync.one('SELECT at').at];
          own[0] = d;
          sum(own);
          return [year(d), year(e), sum([e]), Number.isInteger(last)].join();
        })";
        let f = expression(js, &[], TypeShape::Text);
        assert_eq!(call(engine, &mut host, &f, &[]).unwrap(), text("20010103,20010103,20010103,true"));

        let js =
            format!("(function (ctx, v) {{ {SAME_DATE} check(v); v.setMonth(5); check(v); return v; }})");
        let f = expression(&js, &[("v", TypeShape::TimestampTz)], TypeShape::TimestampTz);
        for zone in ["UTC", "America/New_York", "Asia/Kathmandu"] {
            follow(engine, zone);
            // Years 1, 1900, 1970, 2000, 2024 and 9999; then the first and the last moments of a Date.
            for seconds in
                [-63_082_281_600i64, -3_155_673_600, -946_684_800, -1, 0, 762_523_445, 252_423_993_599]
            {
                call(engine, &mut host, &f, &[Value::TimestampTz(TimestampTz(seconds * 1_000_000))]).unwrap();
            }
            let js = format!("(function (ctx, v) {{ {SAME_DATE} check(v); return v; }})");
            let unchanged = expression(&js, &[("v", TypeShape::TimestampTz)], TypeShape::TimestampTz);
            for seconds in [-210_866_803_200, 8_640_000_000_000 - 946_684_800] {
                let value = Value::TimestampTz(TimestampTz(seconds * 1_000_000));
                assert_eq!(call(engine, &mut host, &unchanged, std::slice::from_ref(&value)).unwrap(), value);
            }
        }

        // One that is kept sees the zone change, before and after it was asked for the first time.
        let js = "(function () {
          let asked, unasked;
          return function (ctx, v) {
            if (v) { asked = v; unasked = new Date(v); return String(asked.getHours()); }
            return `${asked.getHours()} ${unasked.getHours()}`;
          };
        })()";
        let f = expression(js, &[("v", TypeShape::TimestampTz)], TypeShape::Text);
        follow(engine, "UTC");
        assert_eq!(call(engine, &mut host, &f, &[Value::TimestampTz(TimestampTz(0))]).unwrap(), text("0"));
        for (zone, hours) in [("Asia/Tokyo", "9 9"), ("Europe/Berlin", "1 1"), ("UTC", "0 0")] {
            follow(engine, zone);
            assert_eq!(call(engine, &mut host, &f, &[Value::Null]).unwrap(), text(hours));
        }
    });
}

#[test]
fn what_is_not_a_plain_function_is_called_as_well() {
    on_engine(|engine| {
        for (name, exported) in [
            ("bound", "((answer, ctx) => answer + typeof ctx.db).bind(null, 'it is ')"),
            ("proxy", "new Proxy((ctx) => 'it is ' + typeof ctx.db, {})"),
            ("class", "Object.assign((ctx) => 'it is ' + typeof ctx.db, { more: 1 })"),
        ] {
            let source = module(&format!("{name}.ts"), &format!("export default {exported};"));
            let body = FunctionBody::Module { source: source.into(), modules: Vec::new() };
            let f = spec(body, &[], TypeShape::Text, plts_js::ArgumentStyle::Positional);
            for _ in 0..2 {
                assert_eq!(
                    call(engine, &mut FakeHost::new(), &f, &[]).unwrap(),
                    text("it is object"),
                    "{name}"
                );
            }
        }
    });
}

#[test]
fn an_exception_leaves_nothing_behind() {
    on_engine(|engine| {
        let mut host = FakeHost::new();
        let js = "(function (ctx, v) { if (v % 2) throw new RangeError('odd: ' + v); return v; })";
        let f = expression(js, &[("v", TypeShape::Int4)], TypeShape::Int4);
        for number in 0..100 {
            let outcome = call(engine, &mut host, &f, &[Value::Int(number)]);
            if number % 2 == 0 {
                assert_eq!(outcome.unwrap(), Value::Int(number));
            } else {
                assert_eq!(failure(outcome).message, format!("RangeError: odd: {number}"));
            }
        }
    });
}

/// All that JavaScript can say of the zone it is in.
const ZONE: &str = "(function (ctx) {
  const dates = [-62135596800000, -1, 0, 951782400000, 1720000000000, 4102444799999].map((time) => new Date(time));
  const styles = ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric'];
  const formats = styles.map((timeZoneName) => new Intl.DateTimeFormat('en', { timeZoneName, dateStyle: undefined, hour: 'numeric' }));
  const german = new Intl.DateTimeFormat('de', { dateStyle: 'full', timeStyle: 'full' });
  return JSON.stringify([
    Intl.DateTimeFormat().resolvedOptions().timeZone,
    dates.map((date) => [String(date), date.getHours(), date.getTimezoneOffset(), date.toLocaleString('en'), german.format(date),
      ...formats.map((format) => format.format(date))]),
    german.formatRange(dates[1], dates[3]),
    +new Date(2024, 1, 29, 12), +new Date('2024-02-29T12:00'), Date.parse('29 Feb 2024 12:00'),
  ]);
})";

#[test]
fn utc_is_what_looking_it_up_gives() {
    on_engine(|engine| {
        let zone = expression(ZONE, &[], TypeShape::Text);
        let said = |name: &str| {
            follow(engine, name);
            call(engine, &mut FakeHost::new(), &zone, &[]).unwrap()
        };
        // The others are names of the same zones that ICU looks up.
        let looked_up = said("Etc/Zulu");
        for name in ["Etc/UTC", "UTC"] {
            assert_eq!(said(name), looked_up, "{name}");
        }
        assert_eq!(said("GMT"), said("Etc/Greenwich"));
        assert_ne!(said("Europe/Berlin"), looked_up);
        assert_eq!(said("UTC"), looked_up);
    });
}
