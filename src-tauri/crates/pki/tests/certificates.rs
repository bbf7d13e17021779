//! Certificates issued, read again, explained and matched with their keys.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use pki::{
    Authorities, AuthoritiesError, Description, Identity, IdentityError, IssueError, Issued,
    LocalAuthority, ServerName, describe, loopback_names,
};

fn server(authority: &LocalAuthority) -> Issued {
    authority.issue_server(&loopback_names()).unwrap()
}

fn first(identity: &Identity) -> Description {
    describe(&identity.chain()[0]).unwrap()
}

#[test]
fn server_certificate_names_the_host_and_is_signed_by_the_authority() {
    let authority = LocalAuthority::create().unwrap();

    let issued = server(&authority);

    let [leaf, root] = issued.identity.chain() else { panic!("not two certificates") };
    let (leaf, root) = (describe(leaf).unwrap(), describe(root).unwrap());
    assert_eq!(leaf.names, ["localhost", "127.0.0.1", "::1"]);
    assert_eq!(leaf.common_name.as_deref(), Some("localhost"));
    assert_eq!(leaf.issuer, root.subject);
    assert_eq!((leaf.is_authority, leaf.is_self_signed), (false, false));
    assert_eq!((root.is_authority, root.is_self_signed), (true, true));
    assert!(leaf.not_before < leaf.not_after && leaf.not_after < root.not_after);
}

#[test]
fn client_certificate_carries_its_user_as_common_name() {
    let authority = LocalAuthority::create().unwrap();

    let issued = authority.issue_client("sensor 7").unwrap();

    let description = first(&issued.identity);
    assert_eq!(description.common_name.as_deref(), Some("sensor 7"));
    assert_eq!(description.names, <[&str; 0]>::default());
}

#[test]
fn a_kept_authority_goes_on_issuing() {
    let made = LocalAuthority::create().unwrap();

    let kept = LocalAuthority::from_pem(made.certificate_pem(), made.key_pem()).unwrap();
    let issued = server(&kept);

    let root = Identity::from_pem(made.certificate_pem().as_bytes(), made.key_pem().as_bytes());
    assert_eq!(first(&issued.identity).issuer, first(&root.unwrap()).subject);
}

#[test]
fn two_authorities_have_different_names() {
    let subjects = [(); 2].map(|()| {
        let authority = LocalAuthority::create().unwrap();
        let issued = server(&authority);
        first(&issued.identity).issuer
    });

    assert_ne!(subjects[0], subjects[1]);
}

#[test]
fn a_key_of_another_certificate_is_found_out() {
    let authority = LocalAuthority::create().unwrap();
    let (one, other) = (server(&authority), server(&authority));

    let mixed = Identity::from_pem(one.chain_pem.as_bytes(), other.key_pem.as_bytes());
    let kept = LocalAuthority::from_pem(authority.certificate_pem(), &other.key_pem);

    assert_eq!(mixed.unwrap_err(), IdentityError::KeyOfAnother);
    assert_eq!(kept.unwrap_err(), IssueError::Authority(IdentityError::KeyOfAnother));
}

#[test]
fn what_is_missing_or_cannot_be_read_is_named() {
    let issued = server(&LocalAuthority::create().unwrap());
    let (chain, key) = (issued.chain_pem.as_str(), issued.key_pem.as_str());
    let pkcs8 =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let sec1 = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
                -----END EC PRIVATE KEY-----\n";
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    let errors = [
        (key, key),
        (chain, chain),
        (chain, pkcs8),
        (chain, sec1),
        (junk, key),
        (chain, broken_key),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", key),
    ]
    .map(|(chain, key)| Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap_err());

    assert!(
        matches!(
            &errors,
            [
                IdentityError::NoCertificate,
                IdentityError::NoKey,
                IdentityError::EncryptedKey,
                IdentityError::EncryptedKey,
                IdentityError::UnreadableCertificate { .. },
                IdentityError::UnusableKey { .. },
                IdentityError::NotPem { .. },
            ]
        ),
        "{errors:?}"
    );
}

#[test]
fn one_text_with_windows_lines_and_a_byte_order_mark_is_read() {
    let issued = server(&LocalAuthority::create().unwrap());
    let text = format!("\u{FEFF}{}{}", issued.chain_pem, issued.key_pem).replace('\n', "\r\n");

    let read = Identity::from_pem(text.as_bytes(), text.as_bytes()).unwrap();

    assert_eq!(read.chain(), issued.identity.chain());
}

#[test]
fn authorities_are_read_from_any_text_with_certificates() {
    let authority = LocalAuthority::create().unwrap();
    let pem = authority.certificate_pem();
    let two = format!("# mine\n{pem}\n{pem}");
    let junk = format!("{pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

    assert_eq!(Authorities::from_pem(two.as_bytes()).unwrap().roots().len(), 2);
    let none = Authorities::from_pem(authority.key_pem().as_bytes()).unwrap_err();
    assert_eq!(none, AuthoritiesError::NoCertificate);
    let unusable = Authorities::from_pem(junk.as_bytes()).unwrap_err();
    assert!(matches!(unusable, AuthoritiesError::Unusable { number: 2, .. }), "{unusable:?}");
}

#[test]
fn no_debug_text_shows_a_private_key() {
    let authority = LocalAuthority::create().unwrap();
    let issued =
        authority.issue_server(&[ServerName::try_from("broker.example").unwrap()]).unwrap();
    let secrets = [authority.key_pem(), issued.key_pem.as_str()]
        .map(|pem| pem.lines().nth(1).unwrap().to_owned());

    let text = format!("{authority:?} {issued:?} {:?}", issued.identity);

    assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
}

#[test]
fn fingerprint_reads_as_other_tools_show_it() {
    let fingerprint = pki::Fingerprint::of(b"");

    let text = fingerprint.to_string();

    assert!(text.starts_with("E3:B0:C4:42:98:FC") && text.ends_with("B8:55"), "{text}");
}
