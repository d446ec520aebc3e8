//! `profile = "production" | "demo"`: the one table of the defaults that differ.
//!
//! A row is a key, its value in each profile (written as in an environment variable) and why the demo is looser. Both
//! values lie under the file and the environment, so that each can still be set by hand. To let another default differ,
//! add a row; nothing else in hufu asks which profile it runs in.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which set of defaults holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// For citizens: what is not allowed by name is refused.
    #[default]
    Production,
    /// For trying on one machine.
    Demo,
}

impl Profile {
    /// The name, as in `profile = "demo"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Demo => "demo",
        }
    }

    /// What this profile gives `row` by default.
    #[must_use]
    pub const fn value(self, row: &Difference) -> &'static str {
        match self {
            Self::Production => row.production,
            Self::Demo => row.demo,
        }
    }
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Production, Self::Demo].into_iter().find(|profile| profile.name() == name).ok_or(())
    }
}

/// A default that differs between the profiles.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// The key, with dots.
    pub key: &'static str,
    /// Its default in production.
    pub production: &'static str,
    /// Its default in the demo.
    pub demo: &'static str,
    /// Why the demo differs.
    pub why: &'static str,
}

/// Every default that differs.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        key: "registration.subject_type",
        production: "pairwise",
        demo: "public",
        why: "one person is seen to be the same at every service",
    },
    Difference {
        key: "registration.http_loopback",
        production: "false",
        demo: "true",
        why: "the demo's services live on loopback hosts, without TLS unless asked",
    },
    Difference {
        key: "accounts.limits.address_failures",
        production: "50",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.challenge_address_after",
        production: "20",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.challenge_proofs_after",
        production: "5",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.challenge_recoveries_after",
        production: "3",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.challenge_codes_after",
        production: "5",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.challenge_registrations_after",
        production: "5",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.address_registrations",
        production: "20",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "accounts.limits.address_recoveries",
        production: "20",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "recovery.cooling_seconds",
        production: "259200",
        demo: "10",
        why: "a recovery can be seen to its end",
    },
    Difference {
        key: "factors.codes.address_per_hour",
        production: "30",
        demo: "100000",
        why: "everybody comes from one machine",
    },
    Difference {
        key: "metrics.allow",
        production: "[]",
        demo: "[127.0.0.0/8, ::1/128]",
        why: "the metrics can be looked at from this machine",
    },
    Difference { key: "log.format", production: "json", demo: "text", why: "a person reads the log" },
    Difference { key: "log.requests", production: "notable", demo: "all", why: "every step of a journey is seen" },
];

/// The table for `docs/OPERATIONS.md`.
#[must_use]
pub fn differences_as_markdown() -> String {
    let rows = DIFFERENCES
        .iter()
        .map(|Difference { key, production, demo, why }| format!("| `{key}` | `{production}` | `{demo}` | {why} |\n"));
    format!("| key | production | demo | why the demo differs |\n|---|---|---|---|\n{}", rows.collect::<String>())
}
