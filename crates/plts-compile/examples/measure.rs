//! temporary
use plts_compile::*;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let kind: usize = args[1].parse().unwrap();
    let n: usize = args[2].parse().unwrap();
    let kb: usize = args[3].parse().unwrap();
    let r = |s: &str| s.repeat(n);
    let source = match kind {
        0 => format!("x = {}1{}", r("("), r(")")),
        1 => format!("x = {}1{}", r("["), r("]")),
        2 => format!("x = {}1{}", r("{a:"), r("}")),
        3 => format!("{}x{}", r("{"), r("}")),
        4 => format!("x = {}1", r("!")),
        5 => format!("x = {}1", r("a=>")),
        6 => format!("x = 1{}", r("+1")),
        7 => format!("x = a{}", r(".b")),
        8 => format!("x = a{}", r("()")),
        9 => format!("x = a{}", r("[0]")),
        10 => format!("x = {}1", r("a?b:")),
        11 => format!("{}x", r("if(a)")),
        12 => format!("{}x", r("if(a)b;else ")),
        13 => format!("x = {}1{}", r("`${"), r("}`")),
        14 => format!("type A = {}B{}", r("C<"), r(">")),
        15 => format!("type A = B{}", r("[]")),
        16 => format!("type A = {}B", r("C extends D ? E : ")),
        17 => format!("x = {}1", r("a=")),
        18 => format!("x = {}1", r("await ")),
        19 => format!("x = {}1{}", r("function(){return "), r("}")),
        20 => format!("{}x{}", r("a=>{"), r("}")),
        21 => format!("x = a{}", r("!")),
        22 => format!("x = a{}", r(" as any")),
        23 => format!("x = a{}", r("``")),
        24 => format!("{}x", r("a:")).replace("a:", "a:"),
        25 => format!("x = {}1{}", r("class{a="), r("}")),
        26 => format!("x = {}1{}", r("f("), r(")")),
        27 => format!("x = {}1", r("a**")),
        28 => format!("var {}a{} = 1", r("["), r("]")),
        29 => format!("x = a{}", r("?.b")),
        30 => format!("type A = {}B", r("keyof ")),
        31 => format!("type A = {}B{}", r("("), r(")")),
        32 => format!("type A = {}B", r("()=>")),
        33 => format!("x = {}1", r("new ")),
        34 => format!("namespace a{} {{ export const x = 1 }}", r(".b")),
        35 => format!("{}x", r("do ")) + &r(" while(1);"),
        36 => format!("type A = B{}", r(".C")),
        37 => format!("{}x{}", r("if(a){"), r("}")),
        38 => format!("{}{}", r("if(a){}else "), "x"),
        39 => format!("x = {}1{}", r("(a,b=>("), r("))")),
        40 => format!("x = {}1{}", r("<T>("), r(")")),
        41 => format!("({}a{}) => 1", r("{a:"), r("}")),
        42 => format!("x = {}y{}", r("async(a)=>("), r(")")),
        43 => format!("x = {}1", r("a<b>")),
        44 => format!("{}export const x = 1{}", r("namespace a{"), r("}")),
        45 => format!("x = {}1", r("a??")),
        _ => { println!("none"); std::process::exit(3) }
    };
    let source = if args.len() > 4 { source } else { source + "\nexport {}" };
    let t = std::thread::Builder::new().stack_size(kb * 1024).spawn(move || {
        let o = Options::default();
        match compile_module(&source, &o) { Ok(_) => "ok".to_string(), Err(e) => e[0].to_string() }
    }).unwrap();
    println!("{}", t.join().unwrap());
}
