//! Messages that chance made of those that drivers send: commands, tickets, handles, options, and questions about one's own.

use super::super::desk::{Caller, Desk};
use super::super::options::{Kind, OptionValue, SetRequest};
use super::*;
use crate::mutated::each;
use crate::world::approve_policy;
use arrow_flight::Action;
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    CommandGetDbSchemas, CommandGetSqlInfo, CommandGetTables, CommandPreparedStatementQuery,
    TicketStatementQuery,
};

/// A desk, and somebody who is in.
async fn desk(world: &World) -> (Desk, Caller) {
    let mut dice = ChaCha20Rng::seed_from_u64(51);
    let root = world.folder.path().join("room");
    Room::make(&root, &mut dice).unwrap();
    let room = Room::open(&root, clock).unwrap();
    register(&world.dataset, room.root(), room.secret().unwrap()).await.unwrap();
    room.describe(&world.dataset).unwrap();
    approve_policy(&room, &world.policy);
    let desk = Desk::new(room.clone(), &Settings::default(), dice);
    (desk, Caller::of("li", room))
}

fn query(text: &str) -> CommandStatementQuery {
    CommandStatementQuery { query: text.to_owned(), transaction_id: None }
}

/// A code that somebody who asks is meant to see: nothing failed on our side.
fn told(error: &SandboxError) {
    let code = error.code();
    assert!((9700..=9739).contains(&code) || (9785..=9792).contains(&code) && code != 9790, "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_served_or_refused() {
    let world = World::new(52);
    let (desk, caller) = desk(&world).await;
    let (handle, _) = desk.prepare(&caller, SQL.to_owned()).unwrap();
    let commands = [
        query(SQL).as_any().encode_to_vec(),
        query("SELECT * FROM yinshu.budget LIMIT 3").as_any().encode_to_vec(),
        CommandGetTables {
            catalog: Some("study".to_owned()),
            db_schema_filter_pattern: Some("hous%".to_owned()),
            table_name_filter_pattern: Some("_es%".to_owned()),
            table_types: vec!["TABLE".to_owned()],
            include_schema: true,
        }
        .as_any()
        .encode_to_vec(),
        CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: None }.as_any().encode_to_vec(),
        CommandGetSqlInfo { info: vec![0, 1, 500] }.as_any().encode_to_vec(),
        CommandPreparedStatementQuery { prepared_statement_handle: handle.clone().into_bytes().into() }
            .as_any()
            .encode_to_vec(),
    ];
    let mut tickets = 0;
    let taken = each(
        53,
        600,
        |chance| chance.bytes(&commands),
        |bytes| {
            let command = match flight::unpacked(bytes) {
                Ok(command) => command,
                Err(error) => {
                    told(&error);
                    return false;
                }
            };
            match desk.ticket(&caller, command) {
                Ok((_, ticket)) => {
                    tickets += 1;
                    assert!(desk.fetch(&caller, ticket.as_bytes()).is_ok());
                    // Exchanged once.
                    told(&desk.fetch(&caller, ticket.as_bytes()).err().unwrap());
                    true
                }
                Err(error) => {
                    told(&error);
                    false
                }
            }
        },
    );
    assert!((10..600).contains(&taken) && tickets == taken, "{taken}");
    // Tickets that nobody was given.
    let real = TicketStatementQuery { statement_handle: vec![7; 43].into() }.as_any().encode_to_vec();
    let found = each(
        54,
        1000,
        |chance| chance.bytes(&[real.clone(), commands[0].clone()]),
        |bytes| flight::named(bytes).is_ok_and(|name| desk.fetch(&caller, &name).is_ok()),
    );
    assert_eq!(found, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_done_or_refused() {
    let world = World::new(55);
    let (desk, caller) = desk(&world).await;
    let options = [("catalog", Kind::Text("study".to_owned())), ("other", Kind::Number(f64::NAN))]
        .map(|(name, value)| (name.to_owned(), OptionValue { value: Some(value) }));
    let bodies = [
        ActionCreatePreparedStatementRequest { query: SQL.to_owned(), transaction_id: None }
            .as_any()
            .encode_to_vec(),
        ActionClosePreparedStatementRequest { prepared_statement_handle: vec![1; 43].into() }
            .as_any()
            .encode_to_vec(),
        ActionCancelQueryRequest { info: FlightInfo::new().encode_to_vec().into() }.as_any().encode_to_vec(),
        SetRequest { options: options.into() }.encode_to_vec(),
    ];
    let names = [
        "CreatePreparedStatement",
        "ClosePreparedStatement",
        "CancelQuery",
        "CancelFlightInfo",
        "SetSessionOptions",
    ];
    let taken = each(
        56,
        600,
        |chance| ((*chance.one(&names)).to_owned(), chance.bytes(&bodies)),
        |(name, body)| {
            let action = Action { r#type: name.clone(), body: body.clone().into() };
            match flight::acted(&desk, &caller, &action) {
                Ok(_) => true,
                Err(error) => {
                    told(&error);
                    false
                }
            }
        },
    );
    assert!((1..600).contains(&taken), "{taken}");
}

/// What is asked about one's own is read, is a question to others, or is refused.
#[test]
fn questions_about_ones_own_are_read_or_refused() {
    let seeds = [
        "SELECT * FROM yinshu.budget",
        "SELECT remaining, spent FROM study.yinshu.budget LIMIT 3;",
        "SELECT \"column\", use FROM yinshu.grants LIMIT 18446744073709551615",
    ];
    let words = [
        "FROM", "yinshu", ".", ",", "*", "LIMIT", "1e9", "-1", "\"", "'", ";", "budget", "requests", "--",
        "\0",
    ];
    let taken = each(
        57,
        3000,
        |chance| chance.text(&seeds, &words),
        |text| {
            let _ = own::catalogue(text);
            match own::read(text) {
                Ok(found) => found.is_some_and(|own| own.schema().fields().len() < 4096),
                Err(error) => {
                    told(&error);
                    false
                }
            }
        },
    );
    assert!((100..3000).contains(&taken), "{taken}");
}
