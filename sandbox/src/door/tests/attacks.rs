//! Who is outside, and who is inside and wants more.

use super::*;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, Any, CommandPreparedStatementQuery, CommandStatementUpdate,
    TicketStatementQuery,
};
use arrow_flight::{Action, FlightData};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_and_an_unknown_name_are_answered_alike() {
    let house = House::new(Settings::default(), clock).await;
    let refusal = async |user: &str, secret: &str| {
        let server = house.address();
        let trusted = &house.identity.certificate;
        let secret = Zeroizing::new(secret.to_owned());
        let place = Place { server: &server, trusted, user, secret, policy: None, spend: None };
        let mut client = place.connected().await.unwrap();
        place.token(&mut client).await.unwrap_err()
    };
    let known = refusal("li", "wrong").await;
    assert_eq!(known.code(), 9785);
    assert_eq!(known, refusal("never", "wrong").await);
    assert_eq!(known, refusal("li", &house.secret("wang")).await);
    assert_eq!(known, refusal("li", "").await);
    // The control: the same with the right one.
    assert!(house.client_with("li", &house.secret("li")).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_often_waits_even_with_the_right_secret() {
    let house = House::new(Settings::default(), clock).await;
    for _ in 0..10 {
        assert_eq!(house.client_with("li", "wrong").await.err().unwrap().code(), 9785);
    }
    for _ in 0..10 {
        assert_eq!(house.client_with("li", &house.secret("li")).await.err().unwrap().code(), 9787);
    }
    // Ten failures are in the log, and that others were not looked at is there once.
    assert_eq!(house.log().matches("9785").count(), 10);
    assert_eq!(house.log().matches("9787").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_login_nothing_is_answered() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let info = client.query(SQL).await.unwrap();
    for token in
        ["", "Bearer ", "Bearer x", "Basic bGk6eA==", "bearer", &client.token.replace("Bearer", "Token")]
    {
        let mut stranger = Client { token: token.to_owned(), ..client.clone() };
        assert_eq!(code(&stranger.query(SQL).await.unwrap_err()), 9786, "{token}");
        assert_eq!(code(&stranger.fetch(ticket(&info)).await.unwrap_err()), 9786, "{token}");
        let request = stranger.request(arrow_flight::Empty {});
        assert_eq!(code(&stranger.client.list_actions(request).await.err().unwrap()), 9786);
        let request = stranger.request(Action { r#type: "x".into(), body: Default::default() });
        assert_eq!(code(&stranger.client.do_action(request).await.err().unwrap()), 9786);
    }
    assert!(client.fetch(ticket(&info)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_ends_with_time_with_the_user_and_with_a_new_secret() {
    static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);
    let later = || jiff::Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap();
    let house = House::new(Settings::default(), later).await;
    let mut dice = ChaCha20Rng::seed_from_u64(99);
    let mut first = house.client("li").await;
    assert!(first.query(SQL).await.is_ok());
    NOW.fetch_add(12 * 3600, Ordering::SeqCst);
    assert_eq!(code(&first.query(SQL).await.unwrap_err()), 9786);
    let mut second = house.client("li").await;
    assert!(second.query(SQL).await.is_ok());
    let info = second.query(SQL).await.unwrap();
    NOW.fetch_add(301, Ordering::SeqCst);
    assert_eq!(code(&second.fetch(ticket(&info)).await.unwrap_err()), 9788);
    let secret = change(&house.room, "li", Change::Renew, &mut dice).unwrap().unwrap();
    assert_eq!(code(&second.query(SQL).await.unwrap_err()), 9786);
    let mut third = house.client_with("li", &secret).await.unwrap();
    assert!(third.query(SQL).await.is_ok());
    change(&house.room, "li", Change::Remove, &mut dice).unwrap();
    assert_eq!(code(&third.query(SQL).await.unwrap_err()), 9786);
    assert_eq!(house.client_with("li", &secret).await.err().unwrap().code(), 9785);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_exchanged_once_and_by_whom_it_was_given_to() {
    let house = House::new(Settings::default(), clock).await;
    let (mut li, mut zhao) = (house.client("li").await, house.client("zhao").await);
    zhao.policy = Some("study".to_owned());
    let info = li.query(SQL).await.unwrap();
    assert_eq!(code(&zhao.fetch(ticket(&info)).await.unwrap_err()), 9788);
    // Trying did not take it away.
    assert!(li.fetch(ticket(&info)).await.is_ok());
    assert_eq!(code(&li.fetch(ticket(&info)).await.unwrap_err()), 9788);
    // A ticket is nothing that can be made: not a question, not a list, not a handle that was guessed.
    let made = |bytes: Vec<u8>| Ticket { ticket: bytes.into() };
    let question = CommandStatementQuery { query: SQL.to_owned(), transaction_id: None };
    let guessed = TicketStatementQuery { statement_handle: vec![b'A'; 43].into() };
    let list = arrow_flight::sql::CommandGetCatalogs {};
    for bytes in [question.as_any(), guessed.as_any(), list.as_any()] {
        assert_eq!(code(&li.fetch(made(bytes.encode_to_vec())).await.unwrap_err()), 9788);
    }
    for bytes in [Vec::new(), vec![0xff; 40], b"{\"query\":1}".to_vec()] {
        let refused = code(&li.fetch(made(bytes)).await.unwrap_err());
        assert!([9788, 9792].contains(&refused), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_are_not_fetched_do_not_pile_up() {
    let house = House::new(Settings { kept_of_one: 3, ..Settings::default() }, clock).await;
    let mut client = house.client("li").await;
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(ticket(&client.query(SQL).await.unwrap()));
    }
    assert_eq!(code(&client.fetch(tickets.remove(0)).await.unwrap_err()), 9788);
    for kept in tickets {
        assert!(client.fetch(kept).await.is_ok());
    }
}

async fn act(client: &mut Client, kind: &str, body: Vec<u8>) -> Result<Vec<u8>, Status> {
    let request = client.request(Action { r#type: kind.to_owned(), body: body.into() });
    let answers = client.client.do_action(request).await?.into_inner();
    let answers: Vec<arrow_flight::Result> = answers.try_collect().await?;
    Ok(answers.first().map(|answer| answer.body.to_vec()).unwrap_or_default())
}

async fn prepare(client: &mut Client, sql: &str) -> Result<CommandPreparedStatementQuery, Status> {
    let request = ActionCreatePreparedStatementRequest { query: sql.to_owned(), transaction_id: None };
    let body = act(client, "CreatePreparedStatement", request.as_any().encode_to_vec()).await?;
    let result: ActionCreatePreparedStatementResult = Any::decode(&*body).unwrap().unpack().unwrap().unwrap();
    Ok(CommandPreparedStatementQuery { prepared_statement_handle: result.prepared_statement_handle })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_question_is_asked_often_by_its_owner_until_it_is_closed() {
    let house = House::new(Settings::default(), clock).await;
    let (mut li, mut zhao) = (house.client("li").await, house.client("zhao").await);
    let prepared = prepare(&mut li, SQL).await.unwrap();
    let first = li.get(&prepared).await.unwrap();
    let again = li.get(&prepared).await.unwrap();
    assert_eq!(first[0].columns(), again[0].columns());
    assert_eq!(code(&zhao.get(&prepared).await.unwrap_err()), 9788);
    let close = ActionClosePreparedStatementRequest {
        prepared_statement_handle: prepared.prepared_statement_handle.clone(),
    };
    let body = close.as_any().encode_to_vec();
    act(&mut zhao, "ClosePreparedStatement", body.clone()).await.unwrap();
    assert!(li.get(&prepared).await.is_ok());
    act(&mut li, "ClosePreparedStatement", body).await.unwrap();
    assert_eq!(code(&li.get(&prepared).await.unwrap_err()), 9788);
    // What cannot be asked cannot be prepared, and a parameter stands nowhere.
    assert_eq!(code(&prepare(&mut li, "SELECT id FROM residents").await.unwrap_err()), 9701);
    for sql in
        ["SELECT COUNT(*) FROM residents WHERE age > ?", "SELECT COUNT(*) FROM residents WHERE age > $1"]
    {
        let refused = code(&prepare(&mut li, sql).await.unwrap_err());
        assert!([9700, 9701].contains(&refused), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_is_refused_by_name() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let update = CommandStatementUpdate { query: "DELETE FROM residents".into(), transaction_id: None };
    assert_eq!(code(&client.info(&update).await.unwrap_err()), 9792);
    let descriptor = FlightDescriptor::new_cmd(update.as_any().encode_to_vec());
    let data = FlightData { flight_descriptor: Some(descriptor.clone()), ..FlightData::default() };
    let request = client.request(futures::stream::iter([data.clone()]));
    assert_eq!(code(&client.client.do_put(request).await.err().unwrap()), 9792);
    let request = client.request(futures::stream::iter([data]));
    assert_eq!(code(&client.client.do_exchange(request).await.err().unwrap()), 9792);
    let request = client.request(arrow_flight::Criteria::default());
    assert_eq!(code(&client.client.list_flights(request).await.err().unwrap()), 9792);
    let request = client.request(descriptor);
    assert_eq!(code(&client.client.poll_flight_info(request).await.unwrap_err()), 9792);
    for kind in [
        "BeginTransaction",
        "EndTransaction",
        "CreatePreparedSubstraitPlan",
        "RenewFlightEndpoint",
        "DropDatabase",
        "",
    ] {
        assert_eq!(code(&act(&mut client, kind, Vec::new()).await.unwrap_err()), 9792, "{kind}");
    }
    let path = client.request(FlightDescriptor::new_path(vec!["residents".to_owned()]));
    assert_eq!(code(&client.client.get_flight_info(path).await.unwrap_err()), 9792);
    let garbage = client.request(FlightDescriptor::new_cmd(vec![0xff; 100]));
    assert_eq!(code(&client.client.get_flight_info(garbage).await.unwrap_err()), 9792);
    // And it still answers.
    assert!(client.query(SQL).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_too_long_is_refused_before_it_is_read() {
    let house = House::new(Settings::default(), clock).await;
    let mut client = house.client("li").await;
    let long =
        format!("SELECT COUNT(*) FROM residents WHERE age IN ({})", "1".to_owned() + &",1".repeat(40_000));
    assert_eq!(code(&client.query(&long).await.unwrap_err()), 9700);
    let short = long.replace(&",1".repeat(39_990), "");
    assert!(client.query(&short).await.is_ok());
    let longer = "x".repeat(300 << 10);
    let refused = client.query(&longer).await.unwrap_err();
    assert!([Code::OutOfRange, Code::ResourceExhausted].contains(&refused.code()), "{refused:?}");
    let deep = format!("SELECT {}1{} FROM residents", "(".repeat(20_000), ")".repeat(20_000));
    assert!(client.query(&deep).await.is_err());
    assert!(client.query(SQL).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_wire_ends_its_connection_alone() {
    let house =
        House::new(Settings { strangers: Duration::from_millis(500), ..Settings::default() }, clock).await;
    // Before TLS, and in it: nothing that is HTTP/2, and a preface with frames that are none.
    let ended = async |mut tcp: tokio::net::TcpStream, bytes: &[u8]| {
        let _ = tcp.write_all(bytes).await;
        let mut sink = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), tcp.read_to_end(&mut sink)).await.is_ok()
    };
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 4096], &[0x16, 0x03, 0x01, 0xff, 0xff]] {
        let tcp = tokio::net::TcpStream::connect(house.serving.address()).await.unwrap();
        if bytes.len() > 5 {
            assert!(ended(tcp, bytes).await);
        }
    }
    let secured = async || {
        let tcp = tokio::net::TcpStream::connect(house.serving.address()).await.unwrap();
        let config = tls::client(&house.identity.certificate).unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        tokio_rustls::TlsConnector::from(config).connect(name, tcp).await.unwrap()
    };
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), [preface.clone(), vec![0xff; 9000]].concat(), preface] {
        let mut stream = secured().await;
        stream.write_all(&bytes).await.unwrap();
        let mut sink = Vec::new();
        // The last says nothing more: whoever does not log in is not kept.
        let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut sink)).await;
        assert!(ended.is_ok());
    }
    assert!(house.ask("li", None, SQL).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_not_trusted() {
    let house = House::new(Settings::default(), clock).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let mut dice = ChaCha20Rng::seed_from_u64(77);
    let other =
        Identity::self_signed(elsewhere.path(), &["localhost".to_owned()], machine(), &mut dice).unwrap();
    let server = house.address();
    let secret = house.secret("li");
    let place =
        Place { server: &server, trusted: &other.certificate, user: "li", secret, policy: None, spend: None };
    assert_eq!(place.ask(SQL).await.unwrap_err().code(), 9793);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_lets_what_began_end_and_takes_nothing_more() {
    let house = House::new(Settings::default(), clock).await;
    let address = house.serving.address();
    let mut client = house.client("li").await;
    let info = client.query(SQL).await.unwrap();
    let fetching = tokio::spawn(async move { client.fetch(ticket(&info)).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let House { serving, world: _world, .. } = house;
    tokio::time::timeout(Duration::from_secs(20), serving.stop()).await.unwrap();
    assert!(fetching.await.unwrap().is_ok());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
