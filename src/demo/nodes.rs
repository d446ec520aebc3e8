//! The nodes of the demo: the nation, a province, a city of it, and another province; and the configuration of each.

use std::path::{Path, PathBuf};

use super::layout::Layout;
use crate::http::pages::Lang;

/// A node of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoNode {
    /// 国家平台
    Nation,
    /// 甲省, a province
    Province,
    /// 甲市, a city of it
    City,
    /// 乙省, another province
    Neighbour,
}

impl DemoNode {
    /// Every node, each after the one above it.
    pub const ALL: [Self; 4] = [Self::Nation, Self::Province, Self::City, Self::Neighbour];
    /// Those below the nation.
    pub const LOWER: [Self; 3] = [Self::Province, Self::City, Self::Neighbour];

    /// A short ASCII name: of its folder, among others.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Province => "province",
            Self::City => "city",
            Self::Neighbour => "neighbour",
        }
    }

    /// Its level, as in `[node] level`.
    #[must_use]
    pub const fn level(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Province | Self::Neighbour => "province",
            Self::City => "city",
        }
    }

    /// The division that it serves (GB/T 2260).
    const fn region(self) -> &'static str {
        match self {
            Self::Nation => "000000",
            Self::Province => "440000",
            Self::City => "440300",
            Self::Neighbour => "330000",
        }
    }

    /// What people read at the head of its pages.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Nation => lang.pick("国家节点", "National node"),
            Self::Province => lang.pick("甲省节点", "Province A"),
            Self::City => lang.pick("甲市节点", "City A"),
            Self::Neighbour => lang.pick("乙省节点", "Province B"),
        }
    }

    /// What an account of it is called at a node below.
    const fn account(self, lang: Lang) -> &'static str {
        match self {
            Self::Nation => lang.pick("国家政务服务平台账号", "national platform account"),
            _ => lang.pick("省级政务服务平台账号", "provincial platform account"),
        }
    }

    /// The node above.
    #[must_use]
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Nation => None,
            Self::Province | Self::Neighbour => Some(Self::Nation),
            Self::City => Some(Self::Province),
        }
    }

    fn below(self) -> impl Iterator<Item = Self> {
        Self::LOWER.into_iter().filter(move |node| node.above() == Some(self))
    }

    /// `[node]`: what it is without any other.
    pub(super) fn place_alone(self) -> String {
        let node = format!("[node]\nlevel = \"{}\"\nregion = \"{}\"\n\n", self.level(), self.region());
        format!("{node}[node.name]\n{}\n", names(|lang| self.name(lang)))
    }

    /// The members of its configuration that tell its place: `[node]`, `[upstream]`, `[[below]]`.
    pub(super) fn place(self, layout: Layout) -> String {
        let mut text = self.place_alone();
        if let Some(above) = self.above() {
            let passes = "pass_sign_ins = true\npass_documents = true\ncompanies = true\n";
            text += &format!("[upstream]\nissuer = \"{}\"\n{passes}", layout.issuer_of(above));
            text +=
                &format!("\n[upstream.sync]\non = true\n\n[upstream.name]\n{}\n", names(|lang| above.account(lang)));
        }
        for below in self.below() {
            text += &format!(
                "[[below]]\nentity_id = \"{}\"\nlevel = \"{}\"\nregion = \"{}\"\nmaximum_level = 2\npasses_sign_ins = true\nregistrations = true\ncompanies = true\n\n[below.name]\n{}\n",
                layout.issuer_of(below),
                below.level(),
                below.region(),
                names(|lang| below.name(lang))
            );
        }
        text
    }

    /// The whole configuration of a node below the nation, kept in `dir`; the nation's is written by [`super::config`].
    pub(super) fn config(self, layout: Layout, dir: &Path, ca: Option<&Path>) -> String {
        let quoted = |path: PathBuf| format!("{:?}", path.display().to_string());
        let listen: Vec<String> = layout.sockets_of(self).iter().map(|socket| format!("\"{socket}\"")).collect();
        include_str!("lower.toml")
            .replace("{issuer}", &layout.issuer_of(self))
            .replace("{listen}", &listen.join(", "))
            .replace("{tls}", &tls(layout, dir))
            .replace("{place}", &self.place(layout))
            .replace("{sqlite}", &quoted(dir.join("hufu.db")))
            .replace("{keys}", &quoted(dir.join("keys")))
            .replace("{ca_files}", &ca.map(|ca| quoted(ca.to_owned())).unwrap_or_default())
    }
}

/// The listener's certificate, which is everybody's in the demo: beside the folders of the nodes.
fn tls(layout: Layout, dir: &Path) -> String {
    let Some(all) = dir.parent().filter(|_| layout.tls) else { return String::new() };
    let at = |name: &str| format!("{:?}", all.join(name).display().to_string());
    format!("[server.tls]\ncert = {}\nkey = {}\n", at("tls.pem"), at("tls.key"))
}

fn names(of: impl Fn(Lang) -> &'static str) -> String {
    format!("zh-CN = \"{}\"\nen = \"{}\"\n", of(Lang::ZhCn), of(Lang::En))
}
