//! The door in the words of Arrow Flight SQL. What is not here is refused: writing, transactions, Substrait, exchange.

use super::asking::Turns;
use super::desk::{Caller, Desk, Fetched, Wishes};
use super::options::{CATALOGUE, Closed, Kind, NO_NAME, NO_VALUE, SetRequest, SetResult, set};
use super::told::Languages;
use crate::error::SandboxError;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, Command, ProstMessageExt,
    TicketStatementQuery,
};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, Criteria, Empty,
    FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest, HandshakeResponse,
    IpcMessage, PollInfo, PutResult, SchemaAsIpc, SchemaResult, Ticket,
};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::writer::IpcWriteOptions;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use prost::Message;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};
use yinshu_beside::Lang;
use zeroize::Zeroizing;

/// Some drivers leave the padding away.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What all connections share.
pub(super) struct House {
    pub(super) desk: Desk,
    pub(super) turns: Turns,
    pub(super) languages: Languages,
    pub(super) lang: Lang,
    /// Tells the operator why something could not be done.
    pub(super) tell: Box<dyn Fn(&SandboxError) + Send + Sync>,
}

/// One connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) house: Arc<House>,
    pub(super) from: IpAddr,
    /// Whether anybody logged in over it.
    pub(super) known: Arc<AtomicBool>,
}

type Done<T> = Result<T, SandboxError>;
type Answered<T> = Result<Response<T>, Status>;

/// What came with a request, beside the message.
struct Headers {
    token: Option<String>,
    wishes: Done<Wishes>,
    lang: Lang,
}

fn unserved(what: &str) -> SandboxError {
    SandboxError::Unserved { what: what.to_owned() }
}

fn text(headers: &MetadataMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    // Names outside ASCII are sent as they are by some drivers.
    String::from_utf8(value.as_bytes().to_vec()).ok()
}

impl Connection {
    fn headers(&self, headers: &MetadataMap) -> Headers {
        let bearer = text(headers, "authorization")
            .and_then(|value| value.strip_prefix("Bearer ").map(|token| token.trim().to_owned()));
        let lang = match text(headers, "x-yinshu-lang").as_deref() {
            Some("zh") => Lang::Zh,
            Some("en") => Lang::En,
            _ => self.house.lang,
        };
        let spend = text(headers, "x-yinshu-spend").map(|spend| spend.parse()).transpose();
        let wishes = spend.map_err(|_| unserved("x-yinshu-spend")).map(|spend| Wishes {
            policy: text(headers, "x-yinshu-policy"),
            labelled: text(headers, "x-yinshu-label").as_deref() == Some("column"),
            spend,
        });
        Headers { token: bearer, wishes, lang }
    }

    /// The status that a refusal is told by; the operator is told what nobody else is.
    fn told(&self, error: &SandboxError, lang: Lang) -> Status {
        let status = self.house.languages.status(error, lang);
        if status.code() == tonic::Code::Internal {
            (self.house.tell)(error);
        }
        status
    }

    /// Does something at the desk for whoever makes a request, on a thread that may wait for disks.
    async fn at_desk<T: Send + 'static>(
        &self,
        headers: &MetadataMap,
        act: impl FnOnce(&Desk, &Caller) -> Done<T> + Send + 'static,
    ) -> Result<(T, Caller), Status> {
        let Headers { token, wishes, lang } = self.headers(headers);
        let (house, from, known) = (Arc::clone(&self.house), self.from, Arc::clone(&self.known));
        let done = tokio::task::spawn_blocking(move || {
            let caller = house.desk.caller(from, token.as_deref(), wishes?)?;
            known.store(true, Ordering::Relaxed);
            let _place = house.turns.place(&caller.user)?;
            act(&house.desk, &caller).map(|done| (done, caller))
        });
        let done = done.await.unwrap_or_else(|error| Err(SandboxError::engine(&error)));
        done.map_err(|error| self.told(&error, lang))
    }

    async fn login(&self, headers: &MetadataMap) -> Result<String, Status> {
        let lang = self.headers(headers).lang;
        let basic = text(headers, "authorization").map(Zeroizing::new);
        let basic = basic.as_ref().and_then(|value| value.strip_prefix("Basic "));
        let decoded = basic.and_then(|basic| BASIC.decode(basic.trim()).ok());
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).map(Zeroizing::new);
        let (house, from) = (Arc::clone(&self.house), self.from);
        let token = tokio::task::spawn_blocking(move || {
            let (name, secret) =
                decoded.as_deref().and_then(|both| both.split_once(':')).unwrap_or(("-", ""));
            house.desk.login(from, name, secret)
        });
        let token = token.await.unwrap_or_else(|error| Err(SandboxError::engine(&error)));
        token.inspect(|_| self.known.store(true, Ordering::Relaxed)).map_err(|error| self.told(&error, lang))
    }
}

fn command(descriptor: &FlightDescriptor) -> Done<Command> {
    if descriptor.r#type != DescriptorType::Cmd as i32 {
        return Err(unserved("path"));
    }
    unpacked(&descriptor.cmd)
}

pub(super) fn unpacked(bytes: &[u8]) -> Done<Command> {
    let any = Any::decode(bytes).map_err(|_| unserved("message"))?;
    Command::try_from(any).map_err(|_| unserved("message"))
}

/// The message in the body of an action of Flight SQL.
fn body<M: ProstMessageExt>(bytes: &[u8]) -> Done<M> {
    let any = Any::decode(bytes).map_err(|_| unserved("message"))?;
    any.unpack().ok().flatten().ok_or_else(|| unserved("message"))
}

fn decoded<M: Message + Default>(bytes: &[u8]) -> Done<M> {
    M::decode(bytes).map_err(|_| unserved("message"))
}

fn ipc(schema: &Schema) -> Done<prost::bytes::Bytes> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, _> = SchemaAsIpc::new(schema, &options).try_into();
    message.map(|message| message.0).map_err(|error| SandboxError::engine(&error))
}

fn described(schema: &Schema, ticket: String, descriptor: FlightDescriptor) -> Done<FlightInfo> {
    let handle = TicketStatementQuery { statement_handle: ticket.into_bytes().into() };
    let ticket = Ticket { ticket: handle.as_any().encode_to_vec().into() };
    let info = FlightInfo::new().try_with_schema(schema).map_err(|error| SandboxError::engine(&error))?;
    let info = info.with_endpoint(FlightEndpoint::new().with_ticket(ticket)).with_descriptor(descriptor);
    Ok(FlightInfo { ordered: true, ..info })
}

/// The name of a ticket in the form that it was given out in.
pub(super) fn named(ticket: &[u8]) -> Done<Vec<u8>> {
    match unpacked(ticket)? {
        Command::TicketStatementQuery(ticket) => Ok(ticket.statement_handle.to_vec()),
        _ => Err(SandboxError::NoTicket { what: "ticket".to_owned() }),
    }
}

fn cancelled(desk: &Desk, caller: &Caller, info: &FlightInfo) -> bool {
    let tickets = info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.as_ref());
    let gone = tickets.map(|ticket| named(&ticket.ticket).is_ok_and(|name| desk.forget(caller, &name)));
    gone.fold(false, |any, one| any | one)
}

/// What an action answers with.
pub(super) fn acted(desk: &Desk, caller: &Caller, action: &Action) -> Done<Option<Vec<u8>>> {
    let bytes = &action.body;
    Ok(match &*action.r#type {
        "CreatePreparedStatement" => {
            let request: ActionCreatePreparedStatementRequest = body(bytes)?;
            if request.transaction_id.as_ref().is_some_and(|id| !id.is_empty()) {
                return Err(unserved("transaction"));
            }
            let (handle, schema) = desk.prepare(caller, request.query)?;
            let result = ActionCreatePreparedStatementResult {
                prepared_statement_handle: handle.into_bytes().into(),
                dataset_schema: ipc(&schema)?,
                parameter_schema: prost::bytes::Bytes::new(),
            };
            Some(result.as_any().encode_to_vec())
        }
        "ClosePreparedStatement" => {
            let request: ActionClosePreparedStatementRequest = body(bytes)?;
            desk.close(caller, &request.prepared_statement_handle);
            None
        }
        "CancelQuery" => {
            let request: ActionCancelQueryRequest = body(bytes)?;
            // CANCELLED, or NOT_CANCELLABLE: what runs is ended by ending its call.
            let result = if cancelled(desk, caller, &decoded(&request.info)?) { 1 } else { 3 };
            Some(ActionCancelQueryResult { result }.as_any().encode_to_vec())
        }
        "CancelFlightInfo" => {
            let request: CancelFlightInfoRequest = decoded(bytes)?;
            let gone = request.info.is_some_and(|info| cancelled(desk, caller, &info));
            let status = if gone { CancelStatus::Cancelled } else { CancelStatus::NotCancellable };
            Some(CancelFlightInfoResult { status: status.into() }.encode_to_vec())
        }
        "SetSessionOptions" => {
            let request: SetRequest = decoded(bytes)?;
            let mut result = SetResult::default();
            for (name, value) in request.options {
                let wrong = match (&*name, value.value) {
                    (CATALOGUE, None) => (!desk.choose(caller, "")?).then_some(NO_VALUE),
                    (CATALOGUE, Some(Kind::Text(policy))) => {
                        (!desk.choose(caller, &policy)?).then_some(NO_VALUE)
                    }
                    (CATALOGUE, Some(_)) => Some(NO_VALUE),
                    _ => Some(NO_NAME),
                };
                result.errors.extend(wrong.map(|wrong| (name, wrong)));
            }
            Some(result.encode_to_vec())
        }
        "GetSessionOptions" => Some(set(desk.usual(caller).as_deref()).encode_to_vec()),
        "CloseSession" => {
            desk.logout(caller);
            Some(Closed { status: 1 }.encode_to_vec())
        }
        _ => return Err(unserved("action")),
    })
}

/// The actions there are.
const ACTIONS: [&str; 7] = [
    "CreatePreparedStatement",
    "ClosePreparedStatement",
    "CancelQuery",
    "CancelFlightInfo",
    "SetSessionOptions",
    "GetSessionOptions",
    "CloseSession",
];

#[tonic::async_trait]
impl FlightService for Connection {
    type HandshakeStream = BoxStream<'static, Result<HandshakeResponse, Status>>;
    type ListFlightsStream = BoxStream<'static, Result<FlightInfo, Status>>;
    type DoGetStream = BoxStream<'static, Result<FlightData, Status>>;
    type DoPutStream = BoxStream<'static, Result<PutResult, Status>>;
    type DoActionStream = BoxStream<'static, Result<arrow_flight::Result, Status>>;
    type ListActionsStream = BoxStream<'static, Result<ActionType, Status>>;
    type DoExchangeStream = BoxStream<'static, Result<FlightData, Status>>;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Answered<Self::HandshakeStream> {
        let token = self.login(request.metadata()).await?;
        let answer = HandshakeResponse { protocol_version: 0, payload: prost::bytes::Bytes::new() };
        let mut response = Response::new(stream::iter([Ok(answer)]).boxed());
        let bearer = format!("Bearer {token}").parse().map_err(|_| Status::internal("token"))?;
        response.metadata_mut().insert("authorization", bearer);
        Ok(response)
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answered<FlightInfo> {
        let (headers, _, descriptor) = request.into_parts();
        let described = self.at_desk(&headers, move |desk, caller| {
            let (schema, ticket) = desk.ticket(caller, command(&descriptor)?)?;
            described(&schema, ticket, descriptor)
        });
        Ok(Response::new(described.await?.0))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Answered<SchemaResult> {
        let (headers, _, descriptor) = request.into_parts();
        let schema =
            self.at_desk(&headers, move |desk, caller| ipc(&*desk.schema(caller, command(&descriptor)?)?));
        Ok(Response::new(SchemaResult { schema: schema.await?.0 }))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Answered<Self::DoGetStream> {
        let (headers, _, ticket) = request.into_parts();
        let fetched = self.at_desk(&headers, move |desk, caller| desk.fetch(caller, &named(&ticket.ticket)?));
        let table = match fetched.await? {
            (Fetched::Table(table), _) => table,
            (Fetched::Question(asked), caller) => {
                let lang = self.headers(&headers).lang;
                let turns = &self.house.turns;
                let place = turns.place(&caller.user).map_err(|error| self.told(&error, lang))?;
                let asked = turns.ask(caller, asked, place).await;
                asked.map_err(|error| self.told(&error, lang))?
            }
        };
        let encoder = FlightDataEncoderBuilder::new().with_schema(table.schema());
        let data = encoder.build(stream::iter([Ok::<_, FlightError>(table)]));
        // The whole table is in memory: what could fail is its form.
        Ok(Response::new(data.map_err(|_| Status::internal("encoding")).boxed()))
    }

    async fn do_action(&self, request: Request<Action>) -> Answered<Self::DoActionStream> {
        let (headers, _, action) = request.into_parts();
        let (answer, _) = self.at_desk(&headers, move |desk, caller| acted(desk, caller, &action)).await?;
        let answer = answer.map(|body| Ok(arrow_flight::Result { body: body.into() }));
        Ok(Response::new(stream::iter(answer).boxed()))
    }

    async fn list_actions(&self, request: Request<Empty>) -> Answered<Self::ListActionsStream> {
        self.at_desk(request.metadata(), |_, _| Ok(())).await?;
        let action = |name: &str| Ok(ActionType { r#type: name.to_owned(), description: String::new() });
        Ok(Response::new(stream::iter(ACTIONS.map(action)).boxed()))
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Answered<Self::ListFlightsStream> {
        self.refuse(request.metadata(), "flights").await
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Answered<PollInfo> {
        self.refuse(request.metadata(), "poll").await
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Answered<Self::DoPutStream> {
        self.refuse(request.metadata(), "put").await
    }

    async fn do_exchange(&self, request: Request<Streaming<FlightData>>) -> Answered<Self::DoExchangeStream> {
        self.refuse(request.metadata(), "exchange").await
    }
}

impl Connection {
    /// Refuses what is not served, to whoever is logged in; to others as everything is refused to them.
    async fn refuse<T: Send + 'static>(&self, headers: &MetadataMap, what: &'static str) -> Answered<T> {
        let refused = self.at_desk(headers, move |_, _| Err::<T, _>(unserved(what))).await;
        refused.map(|(never, _)| Response::new(never))
    }
}
