//! A client of the door, for researchers without a driver: one question, one answer, the codes of the server.

use super::{result, tls, told};
use crate::answer::{Answer, Field};
use crate::dataset::wrong;
use crate::error::SandboxError;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt as _};
use arrow_flight::{FlightDescriptor, HandshakeRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Float64Type, Schema};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use rustls::pki_types::ServerName;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Request, Status};
use zeroize::Zeroizing;

/// Bytes of a message at most.
const MESSAGE: usize = 64 << 20;

/// Where a question goes and who asks it.
#[derive(Debug)]
pub struct Place<'a> {
    /// `HOST:PORT`.
    pub server: &'a str,
    /// The certificates that are trusted, in PEM.
    pub trusted: &'a Path,
    /// The name.
    pub user: &'a str,
    /// The secret.
    pub secret: Zeroizing<String>,
    /// The policy, where there are several.
    pub policy: Option<&'a str>,
    /// For how much of the privacy budget, ρ.
    pub spend: Option<&'a str>,
}

impl Place<'_> {
    fn failed(&self, reason: impl Into<String>) -> SandboxError {
        SandboxError::Server { address: self.server.to_owned(), reason: reason.into() }
    }

    fn refused(&self, status: &Status) -> SandboxError {
        told::understood(status).unwrap_or_else(|| self.failed(causes(status)))
    }

    pub(super) async fn connected(&self) -> Result<FlightServiceClient<Channel>, SandboxError> {
        let uri: Uri = format!("http://{}", self.server).parse().map_err(|_| self.failed("HOST:PORT"))?;
        let (Some(host), Some(port)) = (uri.host().map(str::to_owned), uri.port_u16()) else {
            return Err(self.failed("HOST:PORT"));
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|error| self.failed(error.to_string()))?;
        let connector = TlsConnector::from(tls::client(self.trusted)?);
        let dial = tower::service_fn(move |_: Uri| {
            let (host, name, connector) = (host.clone(), name.clone(), connector.clone());
            async move {
                let tcp = TcpStream::connect((host, port)).await?;
                tcp.set_nodelay(true)?;
                connector.connect(name, tcp).await.map(TokioIo::new)
            }
        });
        let endpoint = Endpoint::from(uri).connect_timeout(Duration::from_secs(20));
        let channel = endpoint.connect_with_connector(dial).await;
        let channel = channel.map_err(|error| self.failed(causes(&error)))?;
        Ok(FlightServiceClient::new(channel).max_decoding_message_size(MESSAGE))
    }

    pub(super) async fn token(
        &self,
        client: &mut FlightServiceClient<Channel>,
    ) -> Result<String, SandboxError> {
        let both = Zeroizing::new(format!("{}:{}", self.user, *self.secret));
        let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(both.as_bytes())));
        let mut request = Request::new(stream::iter([HandshakeRequest::default()]));
        let basic = basic.parse().map_err(|_| wrong("secret", "it cannot be sent"))?;
        request.metadata_mut().insert("authorization", basic);
        let response = client.handshake(request).await.map_err(|status| self.refused(&status))?;
        let token = response.metadata().get("authorization").and_then(|token| token.to_str().ok());
        token.map(str::to_owned).ok_or_else(|| self.failed("no token"))
    }

    pub(super) fn request<T>(&self, token: &str, message: T) -> Result<Request<T>, SandboxError> {
        let mut request = Request::new(message);
        let value = |text: &str| text.parse().map_err(|_| wrong("header", "it cannot be sent"));
        request.metadata_mut().insert("authorization", value(token)?);
        if let Some(spend) = self.spend {
            request.metadata_mut().insert("x-yinshu-spend", value(spend)?);
        }
        if let Some(policy) = self.policy {
            let policy = MetadataValue::try_from(policy.as_bytes());
            request
                .metadata_mut()
                .insert("x-yinshu-policy", policy.map_err(|_| wrong("policy", "it cannot be sent"))?);
        }
        Ok(request)
    }

    /// Logs in and asks one question.
    ///
    /// # Errors
    /// [`SandboxError::Remote`]: what the server refused; [`SandboxError::Server`]: it cannot be reached or understood.
    pub async fn ask(&self, text: &str) -> Result<Answer, SandboxError> {
        let mut client = self.connected().await?;
        let token = self.token(&mut client).await?;
        let command = CommandStatementQuery { query: text.to_owned(), transaction_id: None };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let info = client.get_flight_info(self.request(&token, descriptor)?).await;
        let info = info.map_err(|status| self.refused(&status))?.into_inner();
        let ticket = info.endpoint.into_iter().next().and_then(|endpoint| endpoint.ticket);
        let ticket = ticket.ok_or_else(|| self.failed("no ticket"))?;
        let data = client.do_get(self.request(&token, ticket)?).await;
        let data = data.map_err(|status| self.refused(&status))?.into_inner();
        let mut table = FlightRecordBatchStream::new_from_flight_data(data.map_err(FlightError::from));
        let mut batches = Vec::new();
        while let Some(batch) = table.next().await {
            batches.push(batch.map_err(|error| match &error {
                FlightError::Tonic(status) => self.refused(status),
                other => self.failed(causes(other)),
            })?);
        }
        let schema = table.schema().ok_or_else(|| self.failed("no schema"))?;
        laid_out(schema, &batches).map_err(|error| self.failed(error.to_string()))
    }
}

/// What happened, and why.
fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told.push_str(": ");
        told.push_str(&cause.to_string());
        next = cause.source();
    }
    told
}

/// A table as an answer: what is no number is text.
fn laid_out(
    schema: &Schema,
    batches: &[RecordBatch],
) -> Result<Answer, datafusion::arrow::error::ArrowError> {
    let number = |kind: &DataType| *kind == DataType::Float64;
    let fields = schema.fields().iter();
    let columns = fields.map(|field| (field.name().clone(), number(field.data_type()))).collect();
    let mut rows = Vec::new();
    for batch in batches {
        let options = FormatOptions::default();
        let texts: Result<Vec<_>, _> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect();
        let texts = texts?;
        let field = |row: usize, at: usize| {
            let column = batch.column(at);
            if column.is_null(row) {
                Field::Missing
            } else if number(column.data_type()) {
                Field::Number(column.as_primitive::<Float64Type>().value(row))
            } else {
                Field::Text(texts[at].value(row).to_string())
            }
        };
        rows.extend((0..batch.num_rows()).map(|row| (0..texts.len()).map(|at| field(row, at)).collect()));
    }
    Ok(Answer { columns, rows, label: result::label(schema) })
}
