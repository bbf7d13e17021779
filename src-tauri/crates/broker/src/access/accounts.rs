//! The accounts of a running broker: users with passwords and access rules, changed at any time.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use tokio::{
    sync::{Semaphore, watch},
    task::spawn_blocking,
};

use super::{
    Access, Admitted, ConnectAttempt, Denied, Exchange, Identity, Verdict,
    credentials::{Credentials, HASH, ScramVerifier, hmac},
    exchange::{METHOD, ScramExchange},
    rights::Rights,
    rule::AclRule,
    rules::{AccessRules, User},
    verified::Verified,
};

/// Passwords checked at the same time: each takes a core and 19 MiB for some ten milliseconds.
const CHECKS: usize = 2;

/// Connections that may wait for theirs to be checked; more are told that the server is busy.
const WAITING: usize = 256;

/// The proof of a client whose user name is that of its certificate: the listener has checked it,
/// and it need not be among the users. Proofs of credentials are odd.
const CERTIFIED: u64 = 2;

/// [`AccessRules`] in force.
///
/// After [`Self::replace`] the new rules hold for clients that are connected, too. A client that
/// would not be let in any more is disconnected: its user is gone or has another password, or it
/// has no user and anonymous clients are not allowed any more.
pub struct Accounts {
    state: RwLock<Arc<State>>,
    changes: watch::Sender<u64>,
    checks: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Makes proofs of credentials.
    hasher: RandomState,
}

pub(super) struct State {
    anonymous: bool,
    users: HashMap<String, Account>,
    acl: Vec<AclRule>,
    verified: Verified,
    /// Makes the salts of users who do not exist.
    decoy_key: [u8; HASH],
}

struct Account {
    credentials: Credentials,
    proof: u64,
}

impl Accounts {
    /// Puts `rules` in force. What is wrong with them ([`AccessRules::check`]) fails closed.
    pub fn new(rules: AccessRules) -> Self {
        let hasher = RandomState::new();
        let state = State::new(rules, &hasher);
        Self {
            state: RwLock::new(Arc::new(state)),
            changes: watch::Sender::new(0),
            checks: Arc::new(Semaphore::new(CHECKS)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            hasher,
        }
    }

    /// Puts other rules in force, at once.
    pub fn replace(&self, rules: AccessRules) {
        let state = Arc::new(State::new(rules, &self.hasher));
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        self.changes.send_modify(|count| *count += 1);
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Access for Accounts {
    fn authenticate(&self, attempt: &ConnectAttempt<'_>) -> Verdict {
        if attempt.is_certified() {
            return Verdict::Now(Ok(Admitted { proof: CERTIFIED, ..Admitted::unchecked(attempt) }));
        }
        let state = self.state();
        let Some(username) = attempt.username.filter(|_| !state.is_open()) else {
            let is_welcome = state.anonymous;
            let admitted = is_welcome.then(|| Admitted::unchecked(attempt));
            return Verdict::Now(admitted.ok_or(Denied::NotAuthorized));
        };
        let password = attempt.password.unwrap_or_default();
        if let Some(account) = state.users.get(username)
            && state.verified.contains(username, password)
        {
            return Verdict::Now(Ok(account.admit(username)));
        }
        let Ok(place) = Arc::clone(&self.waiting).try_acquire_owned() else {
            return Verdict::Now(Err(Denied::ServerBusy));
        };
        let checks = Arc::clone(&self.checks);
        let (username, password) = (username.to_owned(), password.to_vec());
        Verdict::Later(Box::pin(async move {
            let turn = checks.acquire_owned().await.map_err(|_| Denied::ServerBusy)?;
            let check = spawn_blocking(move || {
                let answer = state.check(&username, &password);
                // Not before: a connection that does not wait any more must not make room early.
                drop((turn, place));
                answer
            });
            check.await.unwrap_or(Err(Denied::ServerBusy))
        }))
    }

    fn rights(&self, client: &Identity) -> Result<Rights, Denied> {
        let state = self.state();
        let may_stay = match &client.username {
            Some(_) if client.proof == CERTIFIED => true,
            Some(username) if !state.is_open() => {
                let account = state.users.get(&**username);
                account.is_some_and(|account| account.proof == client.proof)
            }
            _ => state.anonymous,
        };
        if may_stay { Ok(Rights::of(&state.acl, client)) } else { Err(Denied::NotAuthorized) }
    }

    fn exchange(&self, method: &str) -> Option<Box<dyn Exchange>> {
        let state = self.state();
        let is_known = method == METHOD && !state.users.is_empty();
        is_known.then(|| Box::new(ScramExchange::new(state)) as Box<dyn Exchange>)
    }

    fn changes(&self) -> Option<watch::Receiver<u64>> {
        Some(self.changes.subscribe())
    }
}

impl State {
    fn new(AccessRules { anonymous, users, acl }: AccessRules, hasher: &RandomState) -> Self {
        // The salts of real users outlive this process, so what theirs are made of must do so too.
        let first = users.iter().min_by(|a, b| a.name.cmp(&b.name));
        let decoy_key = first.map_or_else(rand::random, |user| {
            hmac(&user.credentials.verifier().server_key, b"users who do not exist")
        });
        let account = |User { name, credentials }| {
            // 0 is no proof.
            let proof = hasher.hash_one(&credentials) | 1;
            (name, Account { credentials, proof })
        };
        let users = users.into_iter().map(account).collect();
        Self { anonymous, users, acl, verified: Verified::new(), decoy_key }
    }

    /// What to challenge a user with, and who it is who meets the challenge.
    pub(super) fn verifier(&self, username: &str) -> (ScramVerifier, Option<Admitted>) {
        match self.users.get(username) {
            Some(account) => {
                (account.credentials.verifier().clone(), Some(account.admit(username)))
            }
            None => (ScramVerifier::decoy(&self.decoy_key, username), None),
        }
    }

    /// Whether nobody is asked who they are.
    fn is_open(&self) -> bool {
        self.anonymous && self.users.is_empty()
    }

    /// Takes its time, and for a user who does not exist the same.
    fn check(&self, username: &str, password: &[u8]) -> Result<Admitted, Denied> {
        match self.users.get(username) {
            Some(account) if account.credentials.fit(password) => {
                self.verified.insert(username, password);
                Ok(account.admit(username))
            }
            Some(_) => Err(Denied::BadUserNameOrPassword),
            None => {
                Credentials::pretend_to_fit(password);
                Err(Denied::BadUserNameOrPassword)
            }
        }
    }
}

impl Account {
    fn admit(&self, username: &str) -> Admitted {
        Admitted { username: Some(username.into()), proof: self.proof }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Accounts")
            .field("anonymous", &state.anonymous)
            .field("users", &state.users.len())
            .field("acl", &state.acl.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use wire::Version;

    use super::*;

    fn attempt<'a>(username: Option<&'a str>, password: Option<&'a str>) -> ConnectAttempt<'a> {
        ConnectAttempt {
            client_id: "c",
            username,
            password: password.map(str::as_bytes),
            address: ([127, 0, 0, 1], 1).into(),
            version: Version::V5,
            certificate: None,
        }
    }

    fn rules(anonymous: bool, users: &[(&str, &str)]) -> AccessRules {
        let user = |(name, password): &(&str, &str)| User::new(name, password.as_bytes());
        AccessRules { anonymous, users: users.iter().map(user).collect(), acl: Vec::new() }
    }

    async fn answer(accounts: &Accounts, attempt: ConnectAttempt<'_>) -> Result<Admitted, Denied> {
        match accounts.authenticate(&attempt) {
            Verdict::Now(answer) => answer,
            Verdict::Later(answer) => answer.await,
        }
    }

    fn identity(admitted: Admitted) -> Identity {
        let Admitted { username, proof } = admitted;
        Identity { client_id: "c".into(), username, proof }
    }

    #[tokio::test]
    async fn only_the_right_pair_is_let_in() {
        let accounts = Accounts::new(rules(false, &[("ada", "engine")]));
        let pairs = [
            (Some("ada"), Some("engine")),
            (Some("ada"), Some("enginE")),
            (Some("ada"), None),
            (Some("bob"), Some("engine")),
            (None, None),
        ];

        let mut answers = Vec::new();
        for (username, password) in pairs {
            let answer = answer(&accounts, attempt(username, password)).await;
            answers.push(answer.map(|admitted| admitted.username));
        }

        let bad = Err(Denied::BadUserNameOrPassword);
        let ada = Ok(Some("ada".into()));
        assert_eq!(answers, [ada, bad.clone(), bad.clone(), bad, Err(Denied::NotAuthorized)]);
    }

    #[tokio::test]
    async fn without_users_any_name_is_taken_for_true() {
        let accounts = Accounts::new(AccessRules::default());

        let admitted = answer(&accounts, attempt(Some("any"), Some("thing"))).await.unwrap();

        assert_eq!(admitted.username.as_deref(), Some("any"));
        assert!(accounts.rights(&identity(admitted)).is_ok());
    }

    #[tokio::test]
    async fn with_users_a_name_needs_its_password_even_where_anonymous_clients_may_come() {
        let accounts = Accounts::new(rules(true, &[("ada", "engine")]));

        let nameless = answer(&accounts, attempt(None, None)).await;
        let stranger = answer(&accounts, attempt(Some("bob"), Some("x"))).await;

        assert_eq!(nameless, Ok(Admitted::default()));
        assert_eq!(stranger, Err(Denied::BadUserNameOrPassword));
    }

    #[tokio::test]
    async fn a_password_found_right_is_known_until_the_rules_change() {
        let rules = rules(false, &[("ada", "engine")]);
        let accounts = Accounts::new(rules.clone());
        let right = attempt(Some("ada"), Some("engine"));
        let is_known = || matches!(accounts.authenticate(&right), Verdict::Now(Ok(_)));

        let before = is_known();
        answer(&accounts, right).await.unwrap();
        let after = is_known();
        accounts.replace(rules);

        assert_eq!([before, after, is_known()], [false, true, false]);
    }

    #[tokio::test]
    async fn who_would_not_be_let_in_any_more_may_not_stay() {
        let with = rules(true, &[("ada", "engine")]);
        let accounts = Accounts::new(with.clone());
        let ada = identity(answer(&accounts, attempt(Some("ada"), Some("engine"))).await.unwrap());
        let nobody = identity(Admitted::default());
        let mut changed = with.clone();
        changed.users = rules(true, &[("ada", "other")]).users;
        let mut strict = with.clone();
        strict.anonymous = false;
        let mut more = with.clone();
        more.users.push(User::new("bob", b"x"));

        let mut stay = Vec::new();
        for rules in [with, more, strict, changed, rules(true, &[])] {
            accounts.replace(rules);
            stay.push([&ada, &nobody].map(|client| accounts.rights(client).is_ok()));
        }

        let both = [true, true];
        assert_eq!(stay, [both, both, [true, false], [false, true], both]);
    }

    #[tokio::test]
    async fn a_flood_of_attempts_is_told_that_the_broker_is_busy() {
        let accounts = Accounts::new(rules(false, &[("ada", "engine")]));
        answer(&accounts, attempt(Some("ada"), Some("engine"))).await.unwrap();

        let waiting: Vec<_> = (0..WAITING)
            .map(|_| accounts.authenticate(&attempt(Some("ada"), Some("wrong"))))
            .collect();
        let one_more = answer(&accounts, attempt(Some("ada"), Some("wrong"))).await;
        let known = answer(&accounts, attempt(Some("ada"), Some("engine"))).await;

        assert!(waiting.iter().all(|verdict| matches!(verdict, Verdict::Later(_))));
        assert_eq!(one_more, Err(Denied::ServerBusy));
        assert!(known.is_ok());
    }
}
