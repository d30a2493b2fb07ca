//! temporary
use plts_compile::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let kind: usize = args[1].parse().unwrap();
    let n: usize = args[2].parse().unwrap();
    let kb: usize = args[3].parse().unwrap();
    let r = |s: &str| s.repeat(n);
    let source = match kind {
        0 => ["x = ".to_string(), r("f<T>("), "1".to_string(), r(")")].concat(),
        1 => ["x = ".to_string(), r("async<T>("), "1".to_string(), r(")")].concat(),
        2 => ["x = ".to_string(), r("a?(b):"), "1".to_string(), r("")].concat(),
        3 => ["x = ".to_string(), r("a?("), "1".to_string(), r(") : 1")].concat(),
        4 => ["x = ".to_string(), r("a?(x):(a?("), "1".to_string(), r(")):1")].concat(),
        5 => ["x = ".to_string(), r("async("), "1".to_string(), r(")")].concat(),
        6 => ["x = ".to_string(), r("({a:"), "1".to_string(), r("})")].concat(),
        7 => ["x = ".to_string(), r("(a=(b="), "1".to_string(), r("))")].concat(),
        8 => ["x = ".to_string(), r("((a)=>("), "1".to_string(), r("))")].concat(),
        9 => ["x = ".to_string(), r("a<("), "1".to_string(), r(")")].concat(),
        10 => ["x = ".to_string(), r("a<"), "b".to_string(), r("")].concat(),
        11 => ["x = ".to_string(), r("new f<T>("), "1".to_string(), r(")")].concat(),
        12 => ["x = ".to_string(), r("a<b,c>("), "1".to_string(), r(")")].concat(),
        13 => ["x = ".to_string(), r("(a):b=>("), "1".to_string(), r(")")].concat(),
        14 => ["x = ".to_string(), r("a?(b):c=>("), "1".to_string(), r(")")].concat(),
        15 => ["x = ".to_string(), r("async a=>("), "1".to_string(), r(")")].concat(),
        16 => ["x = ".to_string(), r("<T,>(a="), "1".to_string(), r(")=>1")].concat(),
        17 => ["x = ".to_string(), r("(a,<T>(b)=>("), "1".to_string(), r("))")].concat(),
        18 => ["x = ".to_string(), r("function(a="), "1".to_string(), r(" ){}")].concat(),
        19 => ["x = ".to_string(), r("f<(a:"), "A".to_string(), r(")=>1>(1)")].concat(),
        20 => ["x = ".to_string(), r("a?b=>("), "1".to_string(), r(") : 1")].concat(),
        21 => ["x = ".to_string(), r("async <T>(a)=>("), "1".to_string(), r(")")].concat(),
        22 => ["x = ".to_string(), r("<T>(a)=>("), "1".to_string(), r(")")].concat(),
        23 => ["x = ".to_string(), r("(<T>"), "1".to_string(), r(")")].concat(),
        24 => ["x = ".to_string(), r("<any>"), "1".to_string(), r("")].concat(),
        25 => ["x = ".to_string(), r("a<b<"), "1".to_string(), r(">>(1)")].concat(),
        26 => ["x = ".to_string(), r("a?async(b):c=>("), "1".to_string(), r(")")].concat(),
        27 => ["x = ".to_string(), r("a?<T>(b):c=>("), "1".to_string(), r(")")].concat(),
        28 => ["x = ".to_string(), r("a<{b:"), "c".to_string(), r("}>(1)")].concat(),
        29 => ["x = ".to_string(), r("(a?:b="), "1".to_string(), r(")=>1")].concat(),
        _ => { println!("none"); std::process::exit(3) }
    };
    let source = if args.len() > 4 { source } else { source + "\nexport {}" };
    let t = std::thread::Builder::new().stack_size(kb * 1024).spawn(move || {
        let o = Options::default();
        match compile_module(&source, &o) { Ok(_) => "ok".to_string(), Err(e) => e[0].to_string() }
    }).unwrap();
    println!("{}", t.join().unwrap());
}
