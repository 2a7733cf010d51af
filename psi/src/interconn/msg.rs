//! What travels: the protocol buffers of `org.interconnection.v2`, field by field.

use super::Misstep;
use super::{Profile, Suite};
use prost::Message;

/// The longest handshake message that is read, in bytes.
pub const MAX_HANDSHAKE: usize = 8 << 10;

/// The most items in a batch of the peer's.
pub const MAX_BATCH: usize = 1 << 16;

/// What stands around the points of a batch, at most.
pub(crate) const AROUND: usize = 64;

/// A message of another type, with its name.
#[derive(Clone, PartialEq, Message)]
pub struct Any {
    /// `type.googleapis.com/` and the full name.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The message.
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// What a party can do and wants.
#[derive(Clone, PartialEq, Message)]
pub struct HandshakeRequest {
    /// 2.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// The sender's rank.
    #[prost(int32, tag = "2")]
    pub requester_rank: i32,
    /// 1: ECDH-PSI.
    #[prost(int32, repeated, tag = "3")]
    pub supported_algos: Vec<i32>,
    /// 1: elliptic curves.
    #[prost(int32, repeated, tag = "7")]
    pub protocol_families: Vec<i32>,
    /// One for each family: an [`EccProtocolProposal`].
    #[prost(message, repeated, tag = "8")]
    pub protocol_family_params: Vec<Any>,
    /// A [`PsiDataIoProposal`].
    #[prost(message, optional, tag = "9")]
    pub io_param: Option<Any>,
}

/// How an answer went.
#[derive(Clone, PartialEq, Message)]
pub struct ResponseHeader {
    /// 0, or a [`yinshu_net::interconn::Code`].
    #[prost(int32, tag = "1")]
    pub error_code: i32,
    /// For people.
    #[prost(string, tag = "2")]
    pub error_msg: String,
}

/// What was chosen.
#[derive(Clone, PartialEq, Message)]
pub struct HandshakeResponse {
    /// Whether anything was.
    #[prost(message, optional, tag = "1")]
    pub header: Option<ResponseHeader>,
    /// 1: ECDH-PSI.
    #[prost(int32, tag = "2")]
    pub algo: i32,
    /// 1: elliptic curves.
    #[prost(int32, repeated, tag = "6")]
    pub protocol_families: Vec<i32>,
    /// One for each family: an [`EccProtocolResult`].
    #[prost(message, repeated, tag = "7")]
    pub protocol_family_params: Vec<Any>,
    /// A [`PsiDataIoResult`], or a [`PsiDataIoProposal`] from SecretFlow.
    #[prost(message, optional, tag = "8")]
    pub io_param: Option<Any>,
}

/// Curve, hash and map, as numbers.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct EcSuit {
    /// 1 Curve25519, 2 SM2, 3 Ed25519.
    #[prost(int32, tag = "1")]
    pub curve: i32,
    /// 1 SM3, 11 SHA-256.
    #[prost(int32, tag = "2")]
    pub hash: i32,
    /// 1 try and increment, 2 try and rehash, 3 digest as abscissa, 10 to 13 of RFC 9380.
    #[prost(int32, tag = "3")]
    pub hash2curve_strategy: i32,
}

/// Which curves and encodings a party has.
#[derive(Clone, PartialEq, Message)]
pub struct EccProtocolProposal {
    /// 1.
    #[prost(int32, repeated, tag = "1")]
    pub supported_versions: Vec<i32>,
    /// By preference.
    #[prost(message, repeated, tag = "2")]
    pub ec_suits: Vec<EcSuit>,
    /// 1 uncompressed (of Curve25519: the abscissa), 2 X9.62 compressed.
    #[prost(int32, repeated, tag = "3")]
    pub point_octet_formats: Vec<i32>,
    /// Whether second-stage points may be cut.
    #[prost(bool, tag = "4")]
    pub support_point_truncation: bool,
}

/// The curve and encoding chosen.
#[derive(Clone, PartialEq, Message)]
pub struct EccProtocolResult {
    /// 1.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// The suite.
    #[prost(message, optional, tag = "2")]
    pub ec_suit: Option<EcSuit>,
    /// Its encoding.
    #[prost(int32, tag = "3")]
    pub point_octet_format: i32,
    /// Bits that remain of second-stage points, or -1 for all.
    #[prost(int32, tag = "4")]
    pub bit_length_after_truncated: i32,
}

/// How many items, and who learns.
#[derive(Clone, PartialEq, Message)]
pub struct PsiDataIoProposal {
    /// 1.
    #[prost(int32, repeated, tag = "1")]
    pub supported_versions: Vec<i32>,
    /// How many items the sender has.
    #[prost(int64, tag = "2")]
    pub item_num: i64,
    /// A rank, or -1.
    #[prost(int32, tag = "3")]
    pub result_to_rank: i32,
}

/// Who learns.
#[derive(Clone, PartialEq, Message)]
pub struct PsiDataIoResult {
    /// 1.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// A rank, or -1.
    #[prost(int32, tag = "2")]
    pub result_to_rank: i32,
}

/// A batch of points of either stage.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct EcdhPsiCipherBatch {
    /// `enc` or `dual.enc`.
    #[prost(string, tag = "1")]
    pub r#type: String,
    /// From 0.
    #[prost(int32, tag = "3")]
    pub batch_index: i32,
    /// Whether this is the last.
    #[prost(bool, tag = "4")]
    pub is_last_batch: bool,
    /// How many items.
    #[prost(int32, tag = "6")]
    pub count: i32,
    /// Their points, one after the other.
    #[prost(bytes = "vec", tag = "7")]
    pub ciphertext: Vec<u8>,
}

/// A batch as SecretFlow's library has it from 0.9.3b0 on (`psi.proto`); how often items repeat, field 6, is
/// not looked at.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PsiDataBatchProto {
    /// How many items.
    #[prost(uint32, tag = "1")]
    pub item_num: u32,
    /// Their points, one after the other.
    #[prost(bytes = "vec", tag = "2")]
    pub flatten_bytes: Vec<u8>,
    /// Whether this is the last.
    #[prost(bool, tag = "3")]
    pub is_last_batch: bool,
    /// From 0.
    #[prost(uint32, tag = "4")]
    pub batch_index: u32,
    /// `enc` or `dual.enc`.
    #[prost(string, tag = "5")]
    pub r#type: String,
}

impl From<PsiDataBatchProto> for EcdhPsiCipherBatch {
    /// Numbers that the standard's batch has no room for become -1, which no batch has.
    fn from(batch: PsiDataBatchProto) -> Self {
        Self {
            r#type: batch.r#type,
            batch_index: i32::try_from(batch.batch_index).unwrap_or(-1),
            is_last_batch: batch.is_last_batch,
            count: i32::try_from(batch.item_num).unwrap_or(-1),
            ciphertext: batch.flatten_bytes,
        }
    }
}

impl From<EcdhPsiCipherBatch> for PsiDataBatchProto {
    /// Of a batch of ours, whose numbers are not negative.
    fn from(batch: EcdhPsiCipherBatch) -> Self {
        Self {
            item_num: batch.count.unsigned_abs(),
            flatten_bytes: batch.ciphertext,
            is_last_batch: batch.is_last_batch,
            batch_index: batch.batch_index.unsigned_abs(),
            r#type: batch.r#type,
        }
    }
}

/// Messages that travel inside an [`Any`], by their full names.
pub(crate) trait Named: Message + Default {
    const NAME: &'static str;
}

impl Named for EccProtocolProposal {
    const NAME: &'static str = "org.interconnection.v2.protocol.EccProtocolProposal";
}
impl Named for EccProtocolResult {
    const NAME: &'static str = "org.interconnection.v2.protocol.EccProtocolResult";
}
impl Named for PsiDataIoProposal {
    const NAME: &'static str = "org.interconnection.v2.algos.PsiDataIoProposal";
}
impl Named for PsiDataIoResult {
    const NAME: &'static str = "org.interconnection.v2.algos.PsiDataIoResult";
}

impl Any {
    pub(crate) fn pack<M: Named>(message: &M) -> Self {
        Self { type_url: format!("type.googleapis.com/{}", M::NAME), value: message.encode_to_vec() }
    }

    /// The message inside, if it is of this type. Packages have moved between drafts of the standard, and so
    /// only the last part of the name is looked at.
    pub(crate) fn unpack<M: Named>(&self) -> Option<M> {
        let last = |name: &str| name.rsplit(['.', '/']).next().map(str::to_owned);
        (last(&self.type_url) == last(M::NAME)).then(|| M::decode(&self.value[..]).ok()).flatten()
    }
}

impl Suite {
    /// As in the handshake.
    pub fn to_suit(self) -> EcSuit {
        let (curve, hash, hash2curve_strategy) = match self {
            Self::Curve25519Sha256 => (1, 11, 3),
            Self::Sm2Sha256 => (2, 11, 2),
            Self::Sm2Sm3 => (2, 1, 2),
        };
        EcSuit { curve, hash, hash2curve_strategy }
    }

    /// From the handshake, where we have it.
    pub fn of_suit(suit: &EcSuit) -> Option<Self> {
        [Self::Curve25519Sha256, Self::Sm2Sha256, Self::Sm2Sm3].into_iter().find(|s| s.to_suit() == *suit)
    }

    /// The encoding of its points, as in the handshake.
    pub fn octet_format(self) -> i32 {
        if self == Self::Curve25519Sha256 { 1 } else { 2 }
    }

    /// Bytes of a point.
    pub fn point_bytes(self) -> usize {
        if self == Self::Curve25519Sha256 { 32 } else { 33 }
    }
}

/// Reads a handshake message.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8], what: &'static str) -> Result<M, Misstep> {
    M::decode(bytes).map_err(|_| Misstep::BadHandshake { what })
}

impl EcdhPsiCipherBatch {
    /// The longest batch, in bytes, of points of this length.
    pub(crate) fn max_bytes(point: usize) -> usize {
        MAX_BATCH * point + AROUND
    }

    /// Reads the batch that is due on a lane: its type, its number, and as many points as it says.
    pub fn read(
        bytes: &[u8],
        profile: Profile,
        stage: Stage,
        index: u64,
        point: usize,
    ) -> Result<Self, Misstep> {
        let read = match profile {
            Profile::Spu => PsiDataBatchProto::decode(bytes).map(Self::from),
            Profile::SecretFlow | Profile::Ppca => Self::decode(bytes),
        };
        let batch = read.map_err(|_| Misstep::BadBatch { stage: stage.word(), index })?;
        if batch.r#type != stage.word() {
            return Err(Misstep::BadBatch { stage: stage.word(), index });
        }
        if u64::try_from(batch.batch_index).ok() != Some(index) {
            let found = batch.batch_index;
            return Err(Misstep::WrongBatch { stage: stage.word(), expected: index, found });
        }
        let count = usize::try_from(batch.count).ok().filter(|&count| count <= MAX_BATCH);
        if count.map(|count| count * point) != Some(batch.ciphertext.len()) {
            let (found, bytes) = (batch.count, batch.ciphertext.len());
            return Err(Misstep::WrongCount { stage: stage.word(), index, found, bytes });
        }
        Ok(batch)
    }
}

impl EcdhPsiCipherBatch {
    /// A batch of ours as it travels.
    pub fn write(self, profile: Profile) -> Vec<u8> {
        match profile {
            Profile::Spu => PsiDataBatchProto::from(self).encode_to_vec(),
            Profile::SecretFlow | Profile::Ppca => self.encode_to_vec(),
        }
    }
}

/// The stage of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Points under the sender's key.
    First,
    /// Points under both keys.
    Second,
}

impl Stage {
    /// As on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "enc",
            Self::Second => "dual.enc",
        }
    }
}
