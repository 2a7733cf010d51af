//! A server on loopback, over TLS, and clients as researchers and others have them.

mod attacks;
mod called;
mod lists;
mod mutated;
mod waiting;

use super::client::Place;
use super::tls::Identity;
use super::users::{Change, change};
use super::*;
use crate::answer::{Answer, Field};
use crate::engine::register;
use crate::session;
use crate::world::World;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{FlightDescriptor, FlightInfo, Ticket};
use futures::TryStreamExt as _;
use prost::Message as _;
use tonic::transport::Channel;
use tonic::{Code, Status};
use zeroize::Zeroizing;

const SQL: &str = "SELECT town, COUNT(*) AS n, AVG(wage) AS wage FROM residents GROUP BY town";

const OTHER: &str = r#"
    [policy]
    name = "other"
    dataset = "housing"
    purpose = "研究"
    users = ["wang", "zhao"]
    expires = "2099-12-31"
    [[grant]]
    table = "homes"
    [grant.columns]
    owner = "join-key"
    use_of = ["group-key", "compare"]
"#;

struct House {
    #[allow(dead_code, reason = "the folder lives as long as the server")]
    world: World,
    room: Room,
    serving: Serving,
    identity: Identity,
    secrets: Vec<(String, Zeroizing<String>)>,
}

fn clock() -> jiff::Timestamp {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

/// The time of the machine, by which TLS looks at certificates.
#[allow(clippy::disallowed_methods, reason = "TLS reads it, too")]
fn machine() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

impl House {
    async fn new(settings: Settings, clock: fn() -> jiff::Timestamp) -> Self {
        Self::of(World::new(21), settings, clock).await
    }

    async fn of(mut world: World, settings: Settings, clock: fn() -> jiff::Timestamp) -> Self {
        world.dataset.dataset.privacy_budget = Some(crate::private::Allowance::Rho("1".parse().unwrap()));
        world.said();
        let mut dice = ChaCha20Rng::seed_from_u64(21);
        let root = world.folder.path().join("room");
        Room::make(&root, &mut dice).unwrap();
        let room = Room::open(&root, clock).unwrap();
        register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
        let mut study = world.policy.clone();
        study.policy.users.insert("zhao".to_owned());
        room.describe(&world.dataset).unwrap();
        crate::world::approve_policy(&room, &study);
        crate::world::approve(&room, OTHER);
        let noisy = crate::world::POLICY
            .replace("\"study\"", "\"noisy\"\n    mode = \"dp\"")
            .replace("\"li\"", "\"chen\"");
        crate::world::approve(&room, &noisy);
        let secrets = ["li", "wang", "zhao", "chen", "nobody"]
            .map(|name| (name.to_owned(), change(&room, name, Change::Add, &mut dice).unwrap().unwrap()));
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let identity = Identity::self_signed(&root, &names, machine(), &mut dice).unwrap();
        let serving = serve(room.clone(), "127.0.0.1:0", &identity, Lang::En, settings, &mut dice, |_| {})
            .await
            .unwrap();
        Self { world, room, serving, identity, secrets: secrets.into() }
    }

    fn secret(&self, user: &str) -> Zeroizing<String> {
        self.secrets
            .iter()
            .find(|(name, _)| name == user)
            .map(|(_, secret)| secret.clone())
            .unwrap_or_default()
    }

    fn address(&self) -> String {
        self.serving.address().to_string()
    }

    async fn client(&self, user: &str) -> Client {
        self.client_with(user, &self.secret(user)).await.unwrap()
    }

    async fn client_with(&self, user: &str, secret: &str) -> Result<Client, SandboxError> {
        let server = self.address();
        let secret = Zeroizing::new(secret.to_owned());
        let trusted = &self.identity.certificate;
        let place = Place { server: &server, trusted, user, secret, policy: None, spend: None };
        let mut client = place.connected().await?;
        let token = place.token(&mut client).await?;
        Ok(Client { client, token, policy: None })
    }

    async fn ask(&self, user: &str, policy: Option<&str>, sql: &str) -> Result<Answer, SandboxError> {
        self.spend(user, policy, sql, None).await
    }

    async fn spend(
        &self,
        user: &str,
        policy: Option<&str>,
        sql: &str,
        spend: Option<&str>,
    ) -> Result<Answer, SandboxError> {
        let server = self.address();
        let trusted = &self.identity.certificate;
        Place { server: &server, trusted, user, secret: self.secret(user), policy, spend }.ask(sql).await
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.room.root().join("audit/log.jsonl")).unwrap()
    }
}

/// A client that is logged in.
#[derive(Clone)]
struct Client {
    client: FlightServiceClient<Channel>,
    token: String,
    policy: Option<String>,
}

impl Client {
    fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().insert("authorization", self.token.parse().unwrap());
        if let Some(policy) = &self.policy {
            request.metadata_mut().insert("x-yinshu-policy", policy.parse().unwrap());
        }
        request
    }

    async fn info(&mut self, command: &impl ProstMessageExt) -> Result<FlightInfo, Status> {
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let request = self.request(descriptor);
        self.client.get_flight_info(request).await.map(tonic::Response::into_inner)
    }

    async fn query(&mut self, sql: &str) -> Result<FlightInfo, Status> {
        self.info(&CommandStatementQuery { query: sql.to_owned(), transaction_id: None }).await
    }

    async fn fetch(
        &mut self,
        ticket: Ticket,
    ) -> Result<Vec<datafusion::arrow::record_batch::RecordBatch>, Status> {
        let request = self.request(ticket);
        let data = self.client.do_get(request).await?.into_inner();
        let data = data.map_err(arrow_flight::error::FlightError::from);
        let stream = arrow_flight::decode::FlightRecordBatchStream::new_from_flight_data(data);
        stream.try_collect().await.map_err(Status::from)
    }

    async fn get(
        &mut self,
        command: &impl ProstMessageExt,
    ) -> Result<Vec<datafusion::arrow::record_batch::RecordBatch>, Status> {
        let info = self.info(command).await?;
        self.fetch(ticket(&info)).await
    }
}

fn ticket(info: &FlightInfo) -> Ticket {
    info.endpoint[0].ticket.clone().unwrap()
}

fn code(status: &Status) -> u16 {
    told::understood(status).unwrap_or_else(|| panic!("{status:?}")).code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_as_in_the_room_and_refused_with_the_same_code() {
    let house = House::new(Settings::default(), clock).await;
    let answer = house.ask("li", None, SQL).await.unwrap();
    assert!(answer.rows.len() >= 4);
    let label = answer.label.clone().unwrap();
    assert_eq!((&*label.recipient, &*label.purpose), ("li", "研究"));
    assert_eq!(answer, session::ask(&house.room, "study", "li", SQL).await.unwrap());
    for sql in [
        "SELECT id FROM residents",
        "SELECT secret FROM residents",
        "SELECT nonsense",
        "DROP TABLE residents",
        "SELECT COUNT(*) FROM information_schema.tables",
        "SELECT COUNT(*) FROM residents WHERE owner = 1",
    ] {
        let refused = house.ask("li", None, sql).await.unwrap_err();
        let here = session::ask(&house.room, "study", "li", sql).await.unwrap_err();
        assert_eq!((refused.code(), refused.to_string()), (here.code(), here.to_string()), "{sql}");
    }
    house.serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_refusal_is_in_the_language_that_was_asked_for() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let status = client.query("SELECT secret FROM residents").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().starts_with("9702: There is no secret here"), "{}", status.message());
    let descriptor =
        CommandStatementQuery { query: "SELECT secret FROM residents".into(), transaction_id: None };
    let mut request = client.request(FlightDescriptor::new_cmd(descriptor.as_any().encode_to_vec()));
    request.metadata_mut().insert("x-yinshu-lang", "zh".parse().unwrap());
    let status = client.client.get_flight_info(request).await.unwrap_err();
    assert!(status.message().starts_with("9702: 这里没有 secret"), "{}", status.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_fixed_before_and_whatever_is_released() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    for sql in [SQL.to_owned(), SQL.replace("residents ", "residents WHERE age > 119 ")] {
        let info = client.query(&sql).await.unwrap();
        assert_eq!((info.total_records, info.total_bytes), (-1, -1));
        let promised = info.clone().try_decode_schema().unwrap();
        let batches = client.fetch(ticket(&info)).await.unwrap();
        for batch in &batches {
            assert_eq!(batch.schema().fields(), promised.fields());
        }
        let rows: usize = batches.iter().map(datafusion::arrow::array::RecordBatch::num_rows).sum();
        assert_eq!(rows > 0, sql == SQL);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_questions_at_once_have_the_same_answer() {
    let house = House::new(Settings::default(), clock).await;
    let first = house.ask("li", None, SQL).await.unwrap();
    let house = Arc::new(house);
    let asked = (0..20).map(|n| {
        let house = Arc::clone(&house);
        tokio::spawn(
            async move { house.ask(if n % 2 == 0 { "li" } else { "zhao" }, Some("study"), SQL).await },
        )
    });
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap().unwrap(), first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_several_policies_chooses_one() {
    let house = House::new(Settings::default(), clock).await;
    let refused = house.ask("zhao", None, SQL).await.unwrap_err();
    assert_eq!(refused.code(), 9791);
    assert!(refused.to_string().contains("other, study"), "{refused}");
    assert!(house.ask("zhao", Some("study"), SQL).await.is_ok());
    // Or names it before the table.
    let named = SQL.replace("residents", "study.housing.residents");
    assert_eq!(
        house.ask("zhao", None, &named).await.unwrap(),
        house.ask("zhao", Some("study"), SQL).await.unwrap()
    );
    assert_eq!(house.ask("wang", None, &named).await.unwrap_err().code(), 9720);
    // Homes alone are granted under the other: residents are not there.
    assert_eq!(house.ask("zhao", Some("other"), SQL).await.unwrap_err().code(), 9702);
    // Somebody else's policy is as one that is not there.
    let others = house.ask("wang", Some("study"), SQL).await.unwrap_err();
    let nones = house.ask("wang", Some("none"), SQL).await.unwrap_err();
    assert_eq!((others.code(), nones.code()), (9720, 9720));
    assert_eq!(others.to_string(), nones.to_string().replace("none", "study"));
    assert_eq!(house.ask("nobody", None, SQL).await.unwrap_err().code(), 9720);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_requests_are_shown_and_nothing_that_was_hidden() {
    let house = House::new(Settings::default(), clock).await;
    house.ask("li", None, SQL).await.unwrap();
    house.ask("li", None, "SELECT COUNT(*) FROM residents WHERE age = 99").await.unwrap();
    house.ask("li", None, "SELECT secret FROM residents").await.unwrap_err();
    house.ask("zhao", Some("study"), SQL).await.unwrap();
    let requests = house.ask("li", None, "SELECT * FROM yinshu.requests").await.unwrap();
    let column = |name: &str| requests.columns.iter().position(|(column, _)| column == name).unwrap();
    let texts = |name: &str| -> Vec<String> {
        let at = column(name);
        let text = |row: &Vec<Field>| match &row[at] {
            Field::Text(text) => text.clone(),
            Field::Number(number) => number.to_string(),
            Field::Missing => String::new(),
        };
        requests.rows.iter().map(text).collect()
    };
    assert_eq!(texts("state"), ["refused", "answered", "answered"]);
    assert_eq!(texts("code"), ["9702", "", ""]);
    assert!(texts("question").contains(&SQL.to_owned()));
    let whole = format!("{requests:?}");
    assert!(house.log().contains("hidden") && !whole.contains("hidden") && !whole.contains("least"));
    assert!(!whole.contains("zhao"));
    let budget = house.ask("li", None, "SELECT granted, spent, remaining FROM yinshu.budget").await.unwrap();
    assert_eq!(budget.rows, [[200.0, 3.0, 197.0].map(Field::Number)]);
    // What somebody else has asked is not counted, and under another's policy there is nothing.
    let budget = house.ask("zhao", None, "SELECT spent FROM study.yinshu.budget").await.unwrap();
    assert_eq!(budget.rows, [[Field::Number(1.0)]]);
    assert_eq!(house.ask("wang", None, "SELECT * FROM study.yinshu.budget").await.unwrap_err().code(), 9720);
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_is_paid_for_and_the_budget_says_so() {
    let house = House::new(Settings::default(), clock).await;
    let sql = "SELECT COUNT(*) FROM residents";
    let left = async || {
        let budget = house.ask("chen", None, "SELECT measure, granted, remaining FROM yinshu.budget").await;
        let mut rows = budget.unwrap().rows.into_iter();
        rows.find(|row| row[0] == Field::Text("privacy budget ρ".into())).unwrap()[1..].to_vec()
    };
    assert_eq!(left().await, [1.0, 1.0].map(Field::Number));
    let answer = house.spend("chen", None, sql, Some("0.05")).await.unwrap();
    assert!(matches!(answer.rows[0][0], Field::Number(_)));
    assert_eq!(left().await, [1.0, 0.95].map(Field::Number));
    assert_eq!(house.spend("chen", None, sql, Some("3")).await.unwrap_err().code(), 9751);
    assert_eq!(house.spend("chen", None, sql, Some("much")).await.unwrap_err().code(), 9792);
    assert_eq!(left().await, [1.0, 0.95].map(Field::Number));
    // Where there is no noise there is no price.
    assert_eq!(house.spend("li", None, sql, Some("0.05")).await.unwrap_err().code(), 9753);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_label_goes_with_the_answer_as_a_column_where_it_is_wished() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let query = CommandStatementQuery { query: SQL.to_owned(), transaction_id: None };
    let mut request = client.request(FlightDescriptor::new_cmd(query.as_any().encode_to_vec()));
    request.metadata_mut().insert("x-yinshu-label", "column".parse().unwrap());
    let info = client.client.get_flight_info(request).await.unwrap().into_inner();
    let promised = info.clone().try_decode_schema().unwrap();
    let batches = client.fetch(ticket(&info)).await.unwrap();
    assert_eq!(batches[0].schema().fields(), promised.fields());
    assert_eq!(promised.fields().last().unwrap().name(), crate::airlock::label::COLUMN);
    let labels = datafusion::arrow::array::AsArray::as_string::<i32>(&**batches[0].column(3));
    assert!(labels.iter().all(|label| label.unwrap().contains("研究 · li")));
}
