//! Each target for a short while, so that a run of all tests has met some thousands of inputs.

use std::path::Path;
use std::time::Duration;

use fuzz::target::Target;
use fuzz::{STACK_BYTES, run};

const TIME: Duration = Duration::from_secs(3);

#[test]
fn every_target_holds_for_a_while() {
    for target in Target::ALL {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        let folder = Path::new(&package).join("seeds").join(target.name());
        let mut paths: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        let seeds: Vec<String> =
            paths.iter().map(|path| std::fs::read_to_string(path).expect("a seed")).collect();
        assert!(seeds.iter().any(|seed| target.check(seed)), "{} accepts none of its seeds", target.name());
        let outcome = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || run(target, &seeds, 1, TIME))
            .expect("a thread")
            .join()
            .expect("every input is answered");
        assert!(outcome.inputs > 20, "{}: {outcome:?}", target.name());
        println!("{}: {outcome:?}", target.name());
    }
}
