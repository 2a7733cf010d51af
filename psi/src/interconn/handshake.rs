//! What the parties agree on before the first point: rank 1 proposes, rank 0 chooses.

use super::Misstep;
use super::msg::{
    Any, EccProtocolProposal, EccProtocolResult, HandshakeRequest, HandshakeResponse, PsiDataIoProposal,
    PsiDataIoResult, ResponseHeader, decode,
};
use super::{Profile, Suite, Terms};
use crate::PsiError;
use prost::Message as _;
use yinshu_net::PartyId;
use yinshu_net::interconn::Code;

/// Versions: of the handshake, and of what is inside it.
const VERSION: i32 = 2;
const INNER_VERSION: i32 = 1;
/// ECDH-PSI among the algorithms, and elliptic curves among the families.
const ECDH_PSI: i32 = 1;
const ECC: i32 = 1;

/// Second-stage bytes where nothing is negotiated (SecretFlow), and the fewest that we accept.
const TAIL_BYTES: usize = 12;

/// What remains of a second-stage point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The last bytes of the encoding: SecretFlow.
    Last(usize),
    /// The bytes of the low bits of the abscissa: PPCA.
    Low(usize),
    /// All.
    Whole,
}

impl Cut {
    /// How many bytes remain of a point of the suite.
    pub fn bytes(self, suite: Suite) -> usize {
        match self {
            Self::Last(bytes) | Self::Low(bytes) => bytes,
            Self::Whole => suite.point_bytes(),
        }
    }

    /// What remains of a point. Abscissas are little-endian on Curve25519, big-endian and last on SM2.
    pub fn of(self, suite: Suite, point: &[u8]) -> &[u8] {
        match self {
            Self::Low(bytes) if suite == Suite::Curve25519Sha256 => &point[..bytes],
            Self::Last(bytes) | Self::Low(bytes) => &point[point.len() - bytes..],
            Self::Whole => point,
        }
    }
}

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The suite.
    pub suite: Suite,
    /// What remains of second-stage points.
    pub cut: Cut,
    /// How many items the peer says it has, where it says so.
    pub announced: Option<u64>,
}

/// What is agreed without a handshake: our first suite, and SecretFlow's cut.
pub fn assumed(terms: &Terms) -> Result<Agreed, PsiError> {
    let suite = *terms.suites.first().ok_or(PsiError::NoSuite)?;
    Ok(Agreed { suite, cut: Cut::Last(TAIL_BYTES), announced: None })
}

/// Rank 1's opening.
pub fn propose(terms: &Terms, items: u64) -> Vec<u8> {
    let mut formats: Vec<i32> = Vec::new();
    for format in terms.suites.iter().map(|suite| suite.octet_format()) {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    let ecc = EccProtocolProposal {
        supported_versions: vec![INNER_VERSION],
        ec_suits: terms.suites.iter().map(|suite| suite.to_suit()).collect(),
        point_octet_formats: formats,
        support_point_truncation: terms.profile == Profile::Ppca,
    };
    let request = HandshakeRequest {
        version: VERSION,
        requester_rank: i32::from(terms.rank == 1),
        supported_algos: vec![ECDH_PSI],
        protocol_families: vec![ECC],
        protocol_family_params: vec![Any::pack(&ecc)],
        io_param: Some(Any::pack(&io(terms, items))),
    };
    request.encode_to_vec()
}

fn io(terms: &Terms, items: u64) -> PsiDataIoProposal {
    PsiDataIoProposal {
        supported_versions: vec![INNER_VERSION],
        item_num: i64::try_from(items).unwrap_or(i64::MAX),
        result_to_rank: terms.learner.to_rank(),
    }
}

/// Rank 0 reads rank 1's opening and chooses, or says why nothing can be chosen.
pub fn choose(bytes: &[u8], terms: &Terms, items: u64) -> Result<(Agreed, Vec<u8>), Misstep> {
    let what = "request";
    let request: HandshakeRequest = decode(bytes, what)?;
    if request.version != VERSION {
        return Err(Misstep::HandshakeVersion { expected: VERSION, found: request.version });
    }
    if request.requester_rank != 1 || request.protocol_families.len() != request.protocol_family_params.len()
    {
        return Err(Misstep::BadHandshake { what });
    }
    if !request.supported_algos.contains(&ECDH_PSI) {
        return Err(Misstep::NoSuchAlgorithm);
    }
    let mut families = request.protocol_families.iter().zip(&request.protocol_family_params);
    let ecc = families.find(|(family, _)| **family == ECC).ok_or(Misstep::NoSuchAlgorithm)?.1;
    let ecc: EccProtocolProposal = ecc.unpack().ok_or(Misstep::BadHandshake { what })?;
    let io = request.io_param.and_then(|io| io.unpack::<PsiDataIoProposal>());
    let io = io.ok_or(Misstep::BadHandshake { what })?;
    if !ecc.supported_versions.contains(&INNER_VERSION) || !io.supported_versions.contains(&INNER_VERSION) {
        return Err(Misstep::HandshakeVersion { expected: INNER_VERSION, found: 0 });
    }
    let announced = count(io.item_num, terms, what)?;
    same_learner(io.result_to_rank, terms)?;
    let offered = |suite: &&Suite| {
        ecc.ec_suits.iter().any(|suit| Suite::of_suit(suit) == Some(**suite))
            && ecc.point_octet_formats.contains(&suite.octet_format())
    };
    let suite = *terms.suites.iter().find(offered).ok_or(Misstep::NoCommonSuite)?;
    let cut = match terms.profile {
        Profile::SecretFlow | Profile::Spu => Cut::Last(TAIL_BYTES),
        Profile::Ppca if ecc.support_point_truncation => Cut::Low(enough(items, announced)),
        Profile::Ppca => Cut::Whole,
    };
    let agreed = Agreed { suite, cut, announced: Some(announced) };
    Ok((agreed, answer(&agreed, terms, items)))
}

fn answer(agreed: &Agreed, terms: &Terms, items: u64) -> Vec<u8> {
    let ecc = EccProtocolResult {
        version: INNER_VERSION,
        ec_suit: Some(agreed.suite.to_suit()),
        point_octet_format: agreed.suite.octet_format(),
        bit_length_after_truncated: match agreed.cut {
            Cut::Low(bytes) => i32::try_from(8 * bytes).unwrap_or(-1),
            // SecretFlow cuts all the same.
            Cut::Last(_) | Cut::Whole => -1,
        },
    };
    let result_to_rank = terms.learner.to_rank();
    let io_param = match terms.profile {
        Profile::SecretFlow | Profile::Spu => Any::pack(&io(terms, items)),
        Profile::Ppca => Any::pack(&PsiDataIoResult { version: INNER_VERSION, result_to_rank }),
    };
    let response = HandshakeResponse {
        header: Some(ResponseHeader { error_code: 0, error_msg: String::new() }),
        algo: ECDH_PSI,
        protocol_families: vec![ECC],
        protocol_family_params: vec![Any::pack(&ecc)],
        io_param: Some(io_param),
    };
    response.encode_to_vec()
}

/// Rank 0's answer where it could not choose.
pub fn refuse(code: Code, reason: &str) -> Vec<u8> {
    let header = ResponseHeader { error_code: code.number(), error_msg: reason.to_owned() };
    HandshakeResponse { header: Some(header), ..HandshakeResponse::default() }.encode_to_vec()
}

/// Rank 1 reads what was chosen.
///
/// # Errors
/// [`PsiError::HandshakeRefused`], and a [`Misstep`] where the choice was not among what we offered.
pub fn accept(bytes: &[u8], terms: &Terms, peer: &PartyId) -> Result<Agreed, PsiError> {
    let response: HandshakeResponse = decode(bytes, "response").map_err(|misstep| misstep.by(peer))?;
    let header = response.header.clone().unwrap_or_default();
    if header.error_code != 0 {
        let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        let reason: String = header.error_msg.chars().map(shown).take(200).collect();
        return Err(PsiError::HandshakeRefused { peer: peer.clone(), number: header.error_code, reason });
    }
    chosen(&response, terms).map_err(|misstep| misstep.by(peer))
}

fn chosen(response: &HandshakeResponse, terms: &Terms) -> Result<Agreed, Misstep> {
    let what = "response";
    if response.algo != ECDH_PSI || response.protocol_families != [ECC] {
        return Err(Misstep::NoSuchAlgorithm);
    }
    let [ecc] = &response.protocol_family_params[..] else { return Err(Misstep::BadHandshake { what }) };
    let ecc: EccProtocolResult = ecc.unpack().ok_or(Misstep::BadHandshake { what })?;
    let suite = ecc.ec_suit.as_ref().and_then(Suite::of_suit);
    let suite = suite.filter(|suite| terms.suites.contains(suite)).ok_or(Misstep::NotOffered)?;
    if ecc.point_octet_format != suite.octet_format() {
        return Err(Misstep::NotOffered);
    }
    let cut = match (terms.profile, ecc.bit_length_after_truncated) {
        (Profile::SecretFlow | Profile::Spu, _) => Cut::Last(TAIL_BYTES),
        (Profile::Ppca, -1) => Cut::Whole,
        (Profile::Ppca, bits) => {
            let bytes = usize::try_from(bits).ok().filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
            let allowed = TAIL_BYTES..=suite.point_bytes().min(32);
            Cut::Low(bytes.filter(|bytes| allowed.contains(bytes)).ok_or(Misstep::NotOffered)?)
        }
    };
    let io = response.io_param.as_ref().ok_or(Misstep::BadHandshake { what })?;
    let mut announced = None;
    if let Some(proposal) = io.unpack::<PsiDataIoProposal>() {
        announced = Some(count(proposal.item_num, terms, what)?);
        same_learner(proposal.result_to_rank, terms)?;
    } else {
        let result: PsiDataIoResult = io.unpack().ok_or(Misstep::BadHandshake { what })?;
        same_learner(result.result_to_rank, terms)?;
    }
    Ok(Agreed { suite, cut, announced })
}

fn count(items: i64, terms: &Terms, what: &'static str) -> Result<u64, Misstep> {
    let found = u64::try_from(items).map_err(|_| Misstep::BadHandshake { what })?;
    let max = terms.max_peer_items;
    if found > max { Err(Misstep::TooManyItems { max, found }) } else { Ok(found) }
}

fn same_learner(found: i32, terms: &Terms) -> Result<(), Misstep> {
    let expected = terms.learner.to_rank();
    if found == expected { Ok(()) } else { Err(Misstep::LearnerDiffers { expected, found }) }
}

/// Bytes with which two different items of sets of these sizes collide with probability at most 2^-40; never
/// fewer than SecretFlow's.
fn enough(ours: u64, theirs: u64) -> usize {
    let log = |n: u64| 64 - n.max(1).leading_zeros() as usize;
    (40 + log(ours) + log(theirs)).div_ceil(8).max(TAIL_BYTES)
}

/// The code that tells the peer of a misstep in its handshake.
pub(crate) fn code_of(misstep: &Misstep) -> Code {
    match misstep {
        Misstep::NoCommonSuite | Misstep::LearnerDiffers { .. } => Code::HandshakeRefused,
        Misstep::HandshakeVersion { .. } => Code::UnsupportedVersion,
        Misstep::NoSuchAlgorithm => Code::UnsupportedAlgo,
        Misstep::TooManyItems { .. } | Misstep::NotOffered => Code::UnsupportedParams,
        _ => Code::InvalidRequest,
    }
}
