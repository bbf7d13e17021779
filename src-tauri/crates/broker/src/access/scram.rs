//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
//!
//! Pure: messages in, messages out. Three steps: [`ClientFirst::parse`], [`ClientFirst::challenge`],
//! [`Challenge::verify`].

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use super::credentials::{HASH, ScramVerifier, hmac, same};

/// Why a message of the client is no good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ScramError {
    /// It is not what RFC 5802 §7 says.
    Malformed,
    /// The client does not know the password, or wants something this server does not do.
    Refused,
}

/// `client-first-message`.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct ClientFirst<'a> {
    /// `gs2-header`, which the client has to repeat.
    header: &'a str,
    /// The rest, without it.
    bare: &'a str,
    pub(super) username: Box<str>,
    nonce: &'a str,
}

/// What the client has to answer.
pub(super) struct Challenge {
    header: Box<str>,
    nonce: Box<str>,
    /// `client-first-message-bare "," server-first-message`.
    begun: String,
    verifier: ScramVerifier,
}

/// Longest message in bytes; user name and nonce have room.
const LONGEST: usize = 4_096;

impl<'a> ClientFirst<'a> {
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, ScramError> {
        let text = text(message)?;
        let (binding, rest) = text.split_once(',').ok_or(ScramError::Malformed)?;
        match binding {
            // `y`: it could bind, and takes it that this server cannot, which is true.
            "n" | "y" => {}
            _ if binding.starts_with("p=") => return Err(ScramError::Refused),
            _ => return Err(ScramError::Malformed),
        }
        let (authority, bare) = rest.split_once(',').ok_or(ScramError::Malformed)?;
        let mut attributes = bare.split(',');
        let username = name(value(attributes.next(), "n=")?)?;
        let nonce = value(attributes.next(), "r=")?;
        if !is_nonce(nonce) || !attributes.all(is_attribute) {
            return Err(ScramError::Malformed);
        }
        // Nobody acts for somebody else here.
        if !authority.is_empty() && name(value(Some(authority), "a=")?)? != username {
            return Err(ScramError::Refused);
        }
        let header = &text[..text.len() - bare.len()];
        Ok(Self { header, bare, username, nonce })
    }

    /// The challenge, and the `server-first-message` that puts it.
    pub(super) fn challenge(self, verifier: ScramVerifier, nonce: &str) -> (Challenge, String) {
        let nonce = format!("{}{nonce}", self.nonce);
        let salt = BASE64.encode(&verifier.salt);
        let message = format!("r={nonce},s={salt},i={}", verifier.iterations);
        let begun = format!("{},{message}", self.bare);
        let header = self.header.into();
        (Challenge { header, nonce: nonce.into(), begun, verifier }, message)
    }
}

impl Challenge {
    /// Judges the `client-final-message`; returns the `server-final-message`.
    pub(super) fn verify(&self, message: &[u8]) -> Result<String, ScramError> {
        let text = text(message)?;
        let (without_proof, proof) = text.rsplit_once(",p=").ok_or(ScramError::Malformed)?;
        let mut attributes = without_proof.split(',');
        let binding = bytes(value(attributes.next(), "c=")?)?;
        let nonce = value(attributes.next(), "r=")?;
        let proof: [u8; HASH] = bytes(proof)?.try_into().map_err(|_| ScramError::Malformed)?;
        if !attributes.all(is_attribute) {
            return Err(ScramError::Malformed);
        }
        if binding != self.header.as_bytes() || nonce != &*self.nonce {
            return Err(ScramError::Refused);
        }
        let said = format!("{},{without_proof}", self.begun);
        let ScramVerifier { stored_key, server_key, .. } = &self.verifier;
        let mut client_key = hmac(stored_key, said.as_bytes());
        for (byte, proof) in client_key.iter_mut().zip(proof) {
            *byte ^= proof;
        }
        if !same(&Sha256::digest(client_key).into(), stored_key) {
            return Err(ScramError::Refused);
        }
        Ok(format!("v={}", BASE64.encode(hmac(server_key, said.as_bytes()))))
    }
}

fn text(message: &[u8]) -> Result<&str, ScramError> {
    let text = str::from_utf8(message).map_err(|_| ScramError::Malformed)?;
    let is_good = text.len() <= LONGEST && !text.contains('\0');
    is_good.then_some(text).ok_or(ScramError::Malformed)
}

fn value<'a>(attribute: Option<&'a str>, name: &str) -> Result<&'a str, ScramError> {
    attribute.and_then(|text| text.strip_prefix(name)).ok_or(ScramError::Malformed)
}

fn bytes(base64: &str) -> Result<Vec<u8>, ScramError> {
    BASE64.decode(base64).map_err(|_| ScramError::Malformed)
}

/// `saslname`: `=2C` is a comma and `=3D` an equals sign.
fn name(escaped: &str) -> Result<Box<str>, ScramError> {
    let mut parts = escaped.split('=');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sign, rest) = if let Some(rest) = part.strip_prefix("2C") {
            (',', rest)
        } else if let Some(rest) = part.strip_prefix("3D") {
            ('=', rest)
        } else {
            return Err(ScramError::Malformed);
        };
        name.push(sign);
        name.push_str(rest);
    }
    if name.is_empty() { Err(ScramError::Malformed) } else { Ok(name.into()) }
}

/// Printable ASCII; commas are gone already.
fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An extension that may be ignored. `m` would be a mandatory one, which nobody knows.
fn is_attribute(text: &str) -> bool {
    let mut characters = text.chars();
    let name = characters.next();
    name.is_some_and(|name| name.is_ascii_alphabetic() && name != 'm')
        && characters.next() == Some('=')
        && characters.next().is_some()
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    // RFC 7677 §3.
    const PASSWORD: &[u8] = b"pencil";
    const FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const SALT: &str = "W22ZaJ0SNY7soEsUEjb6gQ==";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                                s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const FINAL: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                         p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn verifier(password: &[u8]) -> ScramVerifier {
        ScramVerifier::derive(password, &BASE64.decode(SALT).unwrap(), 4_096)
    }

    fn challenge(password: &[u8]) -> (Challenge, String) {
        let first = ClientFirst::parse(FIRST.as_bytes()).unwrap();
        first.challenge(verifier(password), SERVER_NONCE)
    }

    #[test]
    fn the_exchange_of_rfc_7677_goes_as_published() {
        let first = ClientFirst::parse(FIRST.as_bytes()).unwrap();
        assert_eq!(&*first.username, "user");

        let (challenge, server_first) = first.challenge(verifier(PASSWORD), SERVER_NONCE);

        assert_eq!(server_first, SERVER_FIRST);
        assert_eq!(challenge.verify(FINAL.as_bytes()).as_deref(), Ok(SERVER_FINAL));
    }

    #[test]
    fn the_proof_of_another_password_is_refused() {
        let (challenge, _) = challenge(b"Pencil");

        assert_eq!(challenge.verify(FINAL.as_bytes()), Err(ScramError::Refused));
    }

    #[test]
    fn names_may_hold_commas_and_equals_signs() {
        let name_of = |message: &str| {
            ClientFirst::parse(message.as_bytes()).map(|first| first.username.to_string())
        };

        assert_eq!(name_of("n,,n=a=2Cb=3Dc,r=x"), Ok("a,b=c".into()));
        assert_eq!(name_of("y,a=ada,n=ada,r=x,z=1"), Ok("ada".into()));
        assert_eq!(name_of("n,a=bob,n=ada,r=x"), Err(ScramError::Refused));
        assert_eq!(name_of("p=tls-unique,,n=ada,r=x"), Err(ScramError::Refused));
        for malformed in [
            "",
            "n",
            "n,",
            "n,,",
            "n,,n=",
            "n,,n=ada",
            "n,,n=ada,r=",
            "n,,n=a=b,r=x",
            "n,,n=a=,r=x",
            "x,,n=ada,r=x",
            "n,ada,n=ada,r=x",
            "n,,m=1,n=ada,r=x",
            "n,,n=a,r=x,m=1",
            "n,,n=ada,r=x,",
            "n,,r=x,n=ada",
            "n,,n=ada,r=\u{fc}",
            "n,,n=a\0,r=x",
        ] {
            assert_eq!(name_of(malformed), Err(ScramError::Malformed), "{malformed:?}");
        }
        let long = format!("n,,n={},r=x", "a".repeat(LONGEST));
        assert_eq!(name_of(&long), Err(ScramError::Malformed));
        assert_eq!(ClientFirst::parse(b"n,,n=\xFF,r=x"), Err(ScramError::Malformed));
    }

    #[test]
    fn a_final_message_that_does_not_belong_to_the_exchange_is_refused() {
        let (challenge, _) = challenge(PASSWORD);
        let answer = |from: &str, to: &str| {
            let changed = FINAL.replace(from, to);
            assert_ne!(changed, FINAL);
            challenge.verify(changed.as_bytes())
        };

        assert_eq!(answer("$k0,", "$k1,"), Err(ScramError::Refused));
        assert_eq!(answer("c=biws", "c=eSws"), Err(ScramError::Refused));
        assert_eq!(answer("p=dHzb", "p=dHzc"), Err(ScramError::Refused));
        assert_eq!(answer(",p=", ",x=1,p="), Err(ScramError::Refused));
        assert_eq!(answer(",p=", ",m=1,p="), Err(ScramError::Malformed));
        assert_eq!(answer("p=dHzb", "p="), Err(ScramError::Malformed));
        assert_eq!(answer("c=biws,", ""), Err(ScramError::Malformed));
        assert_eq!(answer("c=biws", "c=!"), Err(ScramError::Malformed));
        assert_eq!(answer(",p=", ",q="), Err(ScramError::Malformed));
    }

    #[test]
    fn nothing_but_the_right_message_is_accepted_however_it_is_damaged() {
        let (challenge, _) = challenge(PASSWORD);
        let mut random = StdRng::seed_from_u64(7677);

        for _ in 0..20_000 {
            let mut first = FIRST.as_bytes().to_vec();
            damage(&mut first, &mut random);
            if let Ok(parsed) = ClientFirst::parse(&first) {
                assert!(!parsed.username.is_empty() && !parsed.nonce.is_empty());
            }
            let mut last = FINAL.as_bytes().to_vec();
            damage(&mut last, &mut random);
            let is_right = last == FINAL.as_bytes();
            assert_eq!(challenge.verify(&last).is_ok(), is_right, "{:?}", last.escape_ascii());
        }
    }

    fn damage(bytes: &mut Vec<u8>, random: &mut StdRng) {
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len().max(1)).min(bytes.len());
            match random.random_range(0..5) {
                0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => {
                    bytes.remove(at);
                }
                3 => bytes.insert(at, b",=npmra"[random.random_range(0..7)]),
                _ => bytes.insert(at, random.random()),
            }
        }
    }
}
