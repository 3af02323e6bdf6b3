//! `tools/speed.sh` runs this: one table of figures, from cold, with peak memory, beside helm and
//! kustomize on equal objects where they are in target/oracles.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark makes files, runs programs and prints what it measured"
)]

mod fleet;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet::stages;
use kops_stack::diagnostic::Source;
use kops_stack::manifests;
use kops_stack::model::rendering::FileText;
use kops_stack::model::tree::FileTree;
use kops_stack::{render, tree, yaml};

const ENVIRONMENTS: usize = 100;
const RUNS: usize = 5;

fn main() {
    let folder = std::env::temp_dir().join(format!("kops-stack-speed-{}", std::process::id()));
    let fleet_folder = folder.join("fleet");
    write(&fleet_folder, &fleet::tree(ENVIRONMENTS));
    println!("| what | seconds (min · median · max) | objects per second | peak memory |");
    println!("|---|---|---|---|");
    program(&fleet_folder);
    whole(&folder.join("whole-ten"), true);
    whole(&folder.join("whole-one"), false);
    others(&folder);
    println!();
    shares();
    std::fs::remove_dir_all(&folder).expect("our own folder");
}

/// The built program, from cold and with nothing to do.
fn program(fleet: &Path) {
    let binary = env!("CARGO_BIN_EXE_kops-stack");
    let objects =
        stages::from_files_to_files(&fleet::tree(ENVIRONMENTS), &fleet::names(ENVIRONMENTS))
            .iter()
            .map(|tree| tree.keys().filter(|path| path.ends_with(".yaml")).count())
            .sum();
    // Nothing is deleted between the runs: ext4 searches past what was freed in the last minutes,
    // and a new file then takes it ten times as long, whoever writes it.
    let mut copies = (0..RUNS).map(|run| fleet.with_extension(run.to_string()));
    let cold = measure(|| {
        let copy = copies.next().expect("one for each run");
        write(&copy, &fleet::tree(ENVIRONMENTS));
        timed(command(binary, &["render"], &copy))
    });
    row(
        &format!("kops-stack render, {ENVIRONMENTS} environments, all files written"),
        &cold,
        objects,
    );
    let mut copies = (0..RUNS).map(|run| fleet.with_extension(format!("plain-{run}")));
    let trees =
        stages::from_files_to_files(&fleet::tree(ENVIRONMENTS), &fleet::names(ENVIRONMENTS));
    let plain = measure(|| plainly(&copies.next().expect("one for each run"), &trees));
    row(
        "(the same files by a plain loop of writes)",
        &plain,
        objects,
    );
    let render = || command(binary, &["render"], fleet);
    timed(render());
    let again = measure(|| timed(render()));
    row(
        &format!("kops-stack render, {ENVIRONMENTS} environments, nothing changed"),
        &again,
        objects,
    );
    let one = std::fs::read_dir(fleet.join("environments/prod-2/manifests"))
        .map(|_| ())
        .is_ok();
    assert!(one, "prod-2 was rendered");
    let plan = measure(|| {
        timed(command(
            binary,
            &["plan", "prod-2", "--against", "empty"],
            fleet,
        ))
    });
    row(
        "kops-stack plan of one environment against empty",
        &plan,
        objects / ENVIRONMENTS,
    );
}

/// Every active module of the newest release in each environment.
fn whole(fleet: &Path, ten_knobs: bool) {
    let files = fleet::whole::tree(ENVIRONMENTS, ten_knobs);
    let apart = match ten_knobs {
        true => "ten knobs of each component apart",
        false => "one knob apart",
    };
    let name = |what: &str| {
        format!("kops-stack render, {ENVIRONMENTS} environments of all modules, {apart}, {what}")
    };
    let mut copies = (0..RUNS).map(|run| fleet.with_extension(run.to_string()));
    let cold = measure(|| {
        let copy = copies.next().expect("one for each run");
        write(&copy, &files);
        timed(command(
            env!("CARGO_BIN_EXE_kops-stack"),
            &["render"],
            &copy,
        ))
    });
    let rendered = fleet.with_extension("0");
    let objects = objects_below(&rendered.join("environments"));
    row(&name("all files written"), &cold, objects);
    let again = measure(|| {
        timed(command(
            env!("CARGO_BIN_EXE_kops-stack"),
            &["render"],
            &rendered,
        ))
    });
    row(&name("nothing changed"), &again, objects);
}

/// Manifests of objects: what ends in .yaml below the folders `manifests`.
fn objects_below(environments: &Path) -> usize {
    let files = tree::disk::below(environments, "").expect("our own folder");
    let is_object = |path: &&String| path.contains("/manifests/") && path.ends_with(".yaml");
    files.files.keys().filter(is_object).count()
}

/// What the disk alone takes, on one thread.
fn plainly(folder: &Path, trees: &[manifests::Tree]) -> Measured {
    let (time, ()) = clock(|| {
        for (name, tree) in trees.iter().enumerate() {
            for (path, text) in tree {
                let path = folder.join(name.to_string()).join(path);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(path, text.as_str()).expect("written");
            }
        }
    });
    Measured { time, memory: None }
}

/// helm and kustomize on the objects of one environment.
fn others(folder: &Path) {
    let files = fleet::tree(3);
    let trees = stages::from_files_to_files(&files, &["prod-2".to_owned()]);
    let manifests: Vec<&FileText> = trees[0]
        .iter()
        .filter(|(path, _)| path.ends_with(".yaml"))
        .map(|(_, text)| text)
        .collect();
    let oracles = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracles");
    if !oracles.join("helm").exists() {
        println!("| helm and kustomize: not measured, tools/oracles.sh gets them | | | |");
        return;
    }
    let chart = folder.join("chart");
    let mut files = FileTree::default();
    files.insert(
        "Chart.yaml",
        &b"apiVersion: v2\nname: prod\nversion: 1.0.0\n"[..],
    );
    let mut resources = String::from("resources:\n");
    let mut base = FileTree::default();
    for (index, text) in manifests.iter().enumerate() {
        // Helm would read the braces of nobody's template; the manifests have none.
        files.insert(format!("templates/{index}.yaml"), text.as_bytes().to_vec());
        base.insert(format!("{index}.yaml"), text.as_bytes().to_vec());
        resources.push_str(&format!("- {index}.yaml\n"));
    }
    base.insert("kustomization.yaml", resources.into_bytes());
    write(&chart, &files);
    write(&folder.join("base"), &base);
    let helm = oracles.join("helm");
    let helm = measure(|| {
        timed(command(
            &helm.to_string_lossy(),
            &["template", "prod", "."],
            &chart,
        ))
    });
    row(
        "helm template, the same objects of one environment",
        &helm,
        manifests.len(),
    );
    let kubectl = oracles.join("kubectl");
    let kustomize = measure(|| {
        timed(command(
            &kubectl.to_string_lossy(),
            &["kustomize", "."],
            &folder.join("base"),
        ))
    });
    row(
        "kubectl kustomize, the same objects of one environment",
        &kustomize,
        manifests.len(),
    );
}

/// How the work of a render divides, on one thread.
fn shares() {
    let files = fleet::tree(ENVIRONMENTS);
    let names = fleet::names(ENVIRONMENTS);
    let (load, repository) = clock(|| stages::load(&files));
    let (parse_templates, templates) = clock(|| stages::templates(&repository));
    let (resolve, environments) = clock(|| {
        names
            .iter()
            .map(|name| stages::resolve(&repository, name))
            .collect::<Vec<_>>()
    });
    let (template, texts) = clock(|| {
        environments
            .iter()
            .flat_map(|environment| render::texts(environment, &templates))
            .collect::<Vec<_>>()
    });
    let (parse, _) = clock(|| {
        for text in &texts {
            let source = Source::new("t.yaml", text.as_str());
            std::hint::black_box(yaml::kubernetes_stream(&source).expect("our own text"));
        }
    });
    let (whole, renderings) = clock(|| {
        environments
            .iter()
            .map(|environment| stages::render_one(environment, &templates))
            .collect::<Vec<_>>()
    });
    let (emit, _) = clock(|| {
        for rendering in &renderings {
            for component in rendering.components.values() {
                for rendered in &component.objects {
                    std::hint::black_box(yaml::emit(rendered.object.value()));
                }
            }
        }
    });
    let (index, trees) = clock(|| renderings.iter().map(manifests::tree).collect::<Vec<_>>());
    let folder =
        std::env::temp_dir().join(format!("kops-stack-speed-write-{}", std::process::id()));
    let (write, _) = clock(|| {
        for (name, tree) in names.iter().zip(&trees) {
            let operations =
                manifests::operations(tree, &FileTree::default(), "").expect("nothing there");
            manifests::write(&folder.join(name), &operations).expect("written");
        }
    });
    std::fs::remove_dir_all(&folder).expect("our own folder");
    let rest = whole.saturating_sub(template + parse + emit);
    let total = load + parse_templates + resolve + whole + index + write;
    println!("| share of {ENVIRONMENTS} environments on one thread | seconds | share |");
    println!("|---|---|---|");
    for (what, time) in [
        ("load knob files and modules", load),
        ("parse templates, once", parse_templates),
        ("resolve", resolve),
        ("template", template),
        ("parse", parse),
        ("emit", emit),
        ("globals, digests, twins", rest),
        ("index", index),
        ("write", write),
        ("all", total),
    ] {
        let share = time.as_secs_f64() / total.as_secs_f64() * 100.0;
        println!("| {what} | {:.3} | {share:.0} % |", time.as_secs_f64());
    }
}

fn clock<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let made = work();
    (started.elapsed(), made)
}

struct Measured {
    time: Duration,
    /// KiB; None where the system does not say.
    memory: Option<u64>,
}

fn measure(mut run: impl FnMut() -> Measured) -> Vec<Measured> {
    let mut all: Vec<Measured> = (0..RUNS).map(|_| run()).collect();
    all.sort_by_key(|measured| measured.time);
    all
}

fn command(program: &str, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs a program to its end, looking at its memory until then.
fn timed(mut command: Command) -> Measured {
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let status: PathBuf = format!("/proc/{}/status", child.id()).into();
    let mut memory = None;
    loop {
        // The high-water mark only grows, so the last reading before the end is near the peak.
        memory = peak(&status).or(memory);
        match child.try_wait().expect("our own child") {
            Some(ended) => {
                assert!(ended.success(), "{command:?} failed");
                let time = started.elapsed();
                return Measured { time, memory };
            }
            None => std::thread::sleep(Duration::from_micros(500)),
        }
    }
}

fn peak(status: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn row(what: &str, measured: &[Measured], objects: usize) {
    let seconds = |index: usize| measured[index].time.as_secs_f64();
    let median = seconds(measured.len() / 2);
    let memory = measured.iter().filter_map(|measured| measured.memory).max();
    let memory = memory
        .map(|kib| format!("{} MB", kib / 1024))
        .unwrap_or_default();
    println!(
        "| {what} | {:.3} · {median:.3} · {:.3} | {:.0} | {memory} |",
        seconds(0),
        seconds(measured.len() - 1),
        objects as f64 / median,
    );
}

fn write(folder: &Path, files: &FileTree) {
    for path in files.files.keys() {
        let bytes = files.bytes(path).expect("no links here");
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
}
