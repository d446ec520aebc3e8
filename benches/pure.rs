//! Criterion benches of the pure parts: what a request costs before the store is asked. `cargo bench --bench pure`.
#![expect(clippy::unwrap_used, reason = "a bench stops where it cannot go on")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use hufu::base::{SharedRandom, SystemRandom, Timestamp};
use hufu::keys::{MasterKey, Sealer, SecretHasher, SigningKey};
use hufu::proto::jose::SigningAlg;
use hufu::proto::oauth::{Challenge, Params, Scope};
use hufu::realname::{IdentityNumber, PersonName, today_in_china};
use serde_json::json;

const REQUEST: &str = "response_type=code&client_id=demo-matters&redirect_uri=https%3A%2F%2Flicence.example%2Fcallback\
    &scope=openid%20profile%20realname&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge_method=S256\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn master() -> MasterKey {
    let random: SharedRandom = Arc::new(SystemRandom);
    MasterKey::load_or_create(tempfile::tempdir().unwrap().path(), &random).unwrap()
}

fn protocol(criterion: &mut Criterion) {
    criterion.bench_function("parse an authorization request", |bench| {
        bench.iter(|| Params::parse(black_box(REQUEST)).unwrap());
    });
    criterion.bench_function("parse a scope", |bench| {
        bench.iter(|| Scope::parse(black_box("openid profile realname phone")).unwrap());
    });
    let challenge = Challenge::of(VERIFIER).unwrap();
    criterion.bench_function("verify a PKCE challenge", |bench| bench.iter(|| challenge.matches(black_box(VERIFIER))));
}

fn keys(criterion: &mut Criterion) {
    let master = master();
    let sealer = Sealer::new(&master, "bench");
    let params = Params::parse(REQUEST).unwrap();
    criterion.bench_function("seal a flow", |bench| bench.iter(|| sealer.seal(black_box(&params), b"flow")));
    let sealed = sealer.seal(&params, b"flow");
    criterion.bench_function("open a flow", |bench| {
        bench.iter(|| sealer.open::<Params>(black_box(&sealed), b"flow").unwrap());
    });
    let hasher = SecretHasher::new(&master);
    let stored = hasher.hash(VERIFIER);
    criterion.bench_function("compare a client secret", |bench| {
        bench.iter(|| hasher.matches(black_box(VERIFIER), &stored));
    });
    let claims =
        json!({"iss": "https://id.example", "sub": "248289761001", "aud": "demo-matters", "exp": 1_795_483_500});
    for alg in [SigningAlg::ES256, SigningAlg::RS256] {
        let key = SigningKey::generate(alg).unwrap();
        criterion.bench_function(&format!("sign {}", alg.as_str()), |bench| {
            bench.iter(|| key.sign("JWT", black_box(&claims)).unwrap());
        });
    }
}

fn people(criterion: &mut Criterion) {
    let today = today_in_china(Timestamp::from_seconds(1_795_483_200));
    criterion.bench_function("check an identity number", |bench| {
        bench.iter(|| IdentityNumber::parse(black_box("11010519491231002X"), today).unwrap());
    });
    criterion
        .bench_function("read a name", |bench| bench.iter(|| PersonName::parse(black_box("阿卜杜拉·买买提")).unwrap()));
}

criterion_group!(benches, protocol, keys, people);
criterion_main!(benches);
