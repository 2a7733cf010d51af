//! Readers whose library lends its rows run on a thread of their own and hand batches over, two at most on their way.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{Found, RawBatch, TableReader};
use crate::error::DataError;

enum Message {
    Opened(Vec<String>, Box<Found>),
    Batch(RawBatch, Box<Found>),
    Failed(DataError),
}

/// Why a worker stops early.
pub(super) enum Stop {
    /// Nobody reads any more.
    Unread,
    Failed(DataError),
}

impl From<DataError> for Stop {
    fn from(e: DataError) -> Self {
        Self::Failed(e)
    }
}

/// The worker's end.
pub(super) struct Outbox(SyncSender<Message>);

impl Outbox {
    /// Says what the columns are; the first thing a worker sends.
    pub(super) fn opened(&self, columns: &[String], found: &Found) -> Result<(), Stop> {
        self.send(Message::Opened(columns.to_vec(), Box::new(found.clone())))
    }

    pub(super) fn batch(&self, batch: RawBatch, found: &Found) -> Result<(), Stop> {
        self.send(Message::Batch(batch, Box::new(found.clone())))
    }

    fn send(&self, message: Message) -> Result<(), Stop> {
        self.0.send(message).map_err(|_| Stop::Unread)
    }
}

/// The reader's end.
#[derive(Debug)]
pub(super) struct Pump {
    path: String,
    columns: Vec<String>,
    found: Found,
    inbox: Option<Receiver<Message>>,
    worker: Option<std::thread::JoinHandle<()>>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message")
    }
}

/// Starts a worker and waits for its columns.
pub(super) fn start<W>(path: String, work: W) -> Result<Pump, DataError>
where
    W: FnOnce(&Outbox) -> Result<(), Stop> + Send + 'static,
{
    let (sender, inbox) = sync_channel(2);
    let worker = std::thread::Builder::new()
        .name("table-reader".to_owned())
        .spawn(move || {
            let outbox = Outbox(sender);
            if let Err(Stop::Failed(e)) = work(&outbox) {
                // Nobody there to be told is no failure of ours.
                let _ = outbox.send(Message::Failed(e));
            }
        })
        .map_err(|e| DataError::Read { path: path.clone(), reason: e.to_string() })?;
    match inbox.recv() {
        Ok(Message::Opened(columns, found)) => {
            Ok(Pump { path, columns, found: *found, inbox: Some(inbox), worker: Some(worker) })
        }
        Ok(Message::Failed(e)) => Err(e),
        Ok(Message::Batch(..)) | Err(_) => Err(DataError::ReaderStopped { path }),
    }
}

impl TableReader for Pump {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next_batch(&mut self) -> Result<Option<RawBatch>, DataError> {
        let Some(inbox) = &self.inbox else { return Ok(None) };
        match inbox.recv() {
            Ok(Message::Batch(batch, found)) => {
                self.found = *found;
                Ok(Some(batch))
            }
            Ok(Message::Failed(e)) => {
                self.inbox = None;
                Err(e)
            }
            Ok(Message::Opened(..)) | Err(_) => {
                self.inbox = None;
                // The end of the table, or a panic in a library.
                match self.worker.take().map(std::thread::JoinHandle::join) {
                    Some(Err(_)) => Err(DataError::ReaderStopped { path: self.path.clone() }),
                    _ => Ok(None),
                }
            }
        }
    }

    fn found(&self) -> &Found {
        &self.found
    }
}
