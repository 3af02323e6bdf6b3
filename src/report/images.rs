//! The images of environments: for people by registry, for programs one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, json};

use super::line::{padded, printable, width};
use super::style::{Ink, Style};
use super::words::{counted, object};
use crate::model::cluster::assets::{AssetFile, Assets};
use crate::model::image::{ImageUse, ListedImage, PulledBy, Reference};
use crate::yaml::Value;

/// The images of one environment.
pub struct Images {
    /// Name of the environment.
    pub environment: String,
    pub images: Vec<ListedImage>,
    pub files: Files,
}

/// What the machines of the cluster fetch beside images.
pub enum Files {
    /// Nothing that we know of: something else makes the cluster.
    Elsewhere,
    /// Nobody asked kops, which pulls images too.
    NotAsked,
    Listed(Vec<AssetFile>),
}

impl Images {
    /// Adds what kops said that it pulls.
    pub fn add(&mut self, assets: Assets) {
        for asset in assets.images {
            let reference = Reference::of(&asset.upstream);
            let name = reference.repository.rsplit('/').next();
            let used = ImageUse {
                component: KOPS.to_owned(),
                name: name.map(str::to_owned),
                by: PulledBy::Provider,
            };
            let mut images = self.images.iter_mut();
            match images.find(|listed| listed.image == asset.image) {
                Some(listed) => listed.uses.push(used),
                None => self.images.push(ListedImage {
                    image: asset.image,
                    upstream: asset.upstream,
                    uses: vec![used],
                }),
            }
        }
        self.images.sort_by(|a, b| a.image.cmp(&b.image));
        self.files = Files::Listed(assets.files);
    }
}

/// The component that stands for what makes the cluster.
const KOPS: &str = "kops";

/// By registry; an image that comes through a mirror shows its own name below.
pub fn text(list: &Images, style: Style) -> String {
    let mut by_registry: BTreeMap<&str, Vec<(String, &ListedImage)>> = BTreeMap::new();
    for image in &list.images {
        let reference = Reference::of(&image.image);
        let within = within(&reference);
        let images = by_registry.entry(reference.registry).or_default();
        images.push((within, image));
    }
    let registries = match by_registry.len() {
        1 => "1 registry".to_owned(),
        count => format!("{count} registries"),
    };
    let count = counted(list.images.len(), "image");
    let files = match &list.files {
        Files::Listed(files) => format!(", and {}", counted(files.len(), "file")),
        Files::Elsewhere | Files::NotAsked => String::new(),
    };
    let title = format!("{} · {count} from {registries}{files}", list.environment);
    let mut out = style.paint(Ink::Heading, &title);
    out.push('\n');
    for (registry, images) in &by_registry {
        let title = style.paint(Ink::Heading, &printable(registry));
        out.push_str(&format!("\n{title}\n"));
        let widest = images.iter().map(|(within, _)| width(within));
        let column = widest.max().unwrap_or_default();
        for (within, image) in images {
            let users = users(image);
            let line = format!("  {}  {users}", padded(within, column));
            out.push_str(&format!("{}\n", line.trim_end()));
            if image.upstream != image.image {
                let upstream = format!("      for {}", printable(&image.upstream));
                out.push_str(&format!("{}\n", style.paint(Ink::Quiet, &upstream)));
            }
            for purpose in purposes(image) {
                let line = format!("      {}", printable(&purpose));
                out.push_str(&format!("{}\n", style.paint(Ink::Quiet, &line)));
            }
        }
    }
    out + &files_text(list, style)
}

/// The files, or how to get to know them.
fn files_text(list: &Images, style: Style) -> String {
    let files = match &list.files {
        Files::Elsewhere => return String::new(),
        Files::NotAsked => {
            let line = format!(
                "what kops itself pulls is not among them: `kops-stack images {} --kops` asks kops",
                list.environment
            );
            return format!("\n{}\n", style.paint(Ink::Quiet, &line));
        }
        Files::Listed(files) => files,
    };
    let mut out = format!("\n{}\n", style.paint(Ink::Heading, "files of kops"));
    for file in files {
        out.push_str(&format!("  {}\n", printable(&file.address)));
        if file.address != file.upstream {
            let upstream = format!("      for {}", printable(&file.upstream));
            out.push_str(&format!("{}\n", style.paint(Ink::Quiet, &upstream)));
        }
    }
    out
}

/// The reference without its registry; a digest by its beginning, as the JSON has it whole.
fn within(reference: &Reference<'_>) -> String {
    let mut text = reference.repository.clone();
    if let Some(tag) = reference.tag {
        text.push_str(&format!(":{tag}"));
    }
    if let Some(digest) = reference.digest {
        let short: String = digest.chars().take("sha256:".len() + 12).collect();
        text.push_str(&format!("@{short}…"));
    }
    printable(&text)
}

/// The components that pull an image; an image that no module lists says who brings it.
fn users(image: &ListedImage) -> String {
    let components: BTreeSet<&str> = image
        .uses
        .iter()
        .map(|used| used.component.as_str())
        .collect();
    let components: Vec<&str> = components.into_iter().collect();
    let unlisted = image.uses.iter().all(|used| used.name.is_none());
    match unlisted {
        true => format!("{} (in no module's list)", components.join(", ")),
        false => components.join(", "),
    }
}

/// What pods that no manifest holds are made for, where no manifest names the image.
fn purposes(image: &ListedImage) -> Vec<String> {
    let made = image.uses.iter().filter_map(|used| match &used.by {
        PulledBy::Made { purpose } => Some(format!("made by {} for {purpose}", used.component)),
        PulledBy::Object { .. } | PulledBy::Provider => None,
    });
    let made: BTreeSet<String> = made.collect();
    made.into_iter().collect()
}

/// One document for all environments, with the version of its format.
pub fn json(lists: &[Images]) -> Value {
    let environments = lists.iter().map(|list| {
        let images = list.images.iter().map(image);
        json!({
            "environment": list.environment,
            "images": images.collect::<Vec<_>>(),
            "files": files(list),
        })
    });
    json!({
        "format": "kops-stack.images/1",
        "environments": environments.collect::<Vec<_>>(),
    })
}

/// Null where nobody asked for them.
fn files(list: &Images) -> Value {
    let Files::Listed(files) = &list.files else {
        return Value::Null;
    };
    let files = files.iter().map(|file| {
        json!({
            "file": file.address,
            "mirrored": file.address != file.upstream,
            "upstream": file.upstream,
            "sha256": file.sha256,
        })
    });
    files.collect()
}

fn image(listed: &ListedImage) -> Value {
    let mut value = parts(&listed.image);
    value.insert(
        "mirrored".to_owned(),
        json!(listed.image != listed.upstream),
    );
    value.insert(
        "upstream".to_owned(),
        Value::Object(parts(&listed.upstream)),
    );
    let uses = listed.uses.iter().map(used);
    value.insert("uses".to_owned(), uses.collect());
    Value::Object(value)
}

fn parts(image: &str) -> Map<String, Value> {
    let reference = Reference::of(image);
    let parts = [
        ("image", json!(image)),
        ("registry", json!(reference.registry)),
        ("repository", json!(reference.repository)),
        ("tag", json!(reference.tag)),
        ("digest", json!(reference.digest)),
    ];
    parts
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn used(used: &ImageUse) -> Value {
    let mut value = json!({"component": used.component, "name": used.name});
    match &used.by {
        PulledBy::Object {
            object: identity,
            place,
        } => {
            value["object"] = json!(object(identity));
            value["place"] = json!(place);
        }
        PulledBy::Made { purpose } => value["madeFor"] = json!(purpose),
        PulledBy::Provider => value["madeFor"] = json!("the cluster itself"),
    }
    value
}
