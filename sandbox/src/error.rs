//! What is refused and what can fail, each case with a stable code in 9680..=9799.
//!
//! | codes | whose |
//! |---|---|
//! | 9700..=9719 | whoever asks: the question cannot be answered as it stands |
//! | 9720..=9729 | whoever asks: not allowed, or no longer |
//! | 9730..=9739 | approvals: not signed, not by whom it must be, not any more |
//! | 9690 | whoever asks: for the owner alone |
//! | 9691..=9693 | the operator: tables of which nothing went in, rooms and policies that are not there |
//! | 9740..=9749 | the operator: descriptions, tables, files |
//! | 9750..=9759 | whoever asks: privacy budgets and prices |
//! | 9680..=9689, 9795..=9799 | results that a person looks at |
//! | 9785..=9794 | whoever comes by the door: logins, what is not served; 9793 and 9794 are of the command line |
//! | 9760..=9769 | the operator: workers |
//! | 9770..=9776 | programs: whoever asks, writes or approves one |
//!
//! A refusal names what was typed and what is public of the data set; it never has a value of a cell in it, and what is not
//! granted is refused in the same words as what does not exist.

mod codes;

use serde::Serialize;
use serde_json::{Map, Value};
use yinshu_data::DataError;

/// A refusal or a failure.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SandboxError {
    /// The text is no SQL.
    #[error("this is no SQL that can be read: {reason}")]
    Syntax {
        /// What the parser said.
        reason: String,
    },
    /// A construct that no answer can be released for, or that is not known here.
    #[error("{text}: {construct} cannot be asked here")]
    Unsupported {
        /// The word for it; texts say what to write instead.
        construct: String,
        /// Where it stands.
        text: String,
    },
    /// A table or column that does not exist, or is not granted.
    #[error("there is no {name}")]
    NoSuch {
        /// What was typed.
        name: String,
    },
    /// A name that several tables have.
    #[error("{name} is in several tables")]
    Ambiguous {
        /// What was typed.
        name: String,
    },
    /// A granted column used for what the policy does not allow.
    #[error("{column} is not granted as {wanted}")]
    NotGranted {
        /// The column.
        column: String,
        /// The use.
        wanted: String,
    },
    /// Values that do not go together.
    #[error("{text}: these values do not go together")]
    Mixed {
        /// Where it stands.
        text: String,
    },
    /// A value that could leave 64 bits by the declared bounds.
    #[error("{text} can exceed what fits in 64 bits")]
    TooLarge {
        /// Where it stands.
        text: String,
    },
    /// More groups than are told apart.
    #[error("there can be {groups} groups, and {most} are told apart at most")]
    TooManyGroups {
        /// How many there can be.
        groups: u64,
        /// How many there may be.
        most: u64,
    },
    /// A column stands outside an aggregate and is no group.
    #[error("{text} is neither a figure nor one of the groups")]
    NotGrouped {
        /// Where it stands.
        text: String,
    },
    /// Tables joined in another way than the data set declares.
    #[error("{text}: this join is not declared")]
    NotJoinable {
        /// Where it stands.
        text: String,
    },
    /// This user is not among those of the policy.
    #[error("{user} may not ask under {policy}")]
    NotUser {
        /// Who asked.
        user: String,
        /// The policy.
        policy: String,
    },
    /// An estimate that follows from the rows, asked for by somebody who may ask questions of them.
    #[error("{user} asks under policies over {dataset}, and the estimate is for its owner")]
    OwnersAlone {
        /// Who asked.
        user: String,
        /// The data set.
        dataset: String,
    },
    /// The policy has ended.
    #[error("{policy} ended on {expires}")]
    Expired {
        /// The policy.
        policy: String,
        /// Its last day.
        expires: String,
    },
    /// No more questions today.
    #[error("{most} questions were asked under {policy} today")]
    Quota {
        /// The policy.
        policy: String,
        /// How many there may be.
        most: u64,
    },
    /// It ended before there was an answer: it took longer than the policy allows, needed more memory, or failed.
    #[error("the question was ended before it was answered; its limits are {seconds} s and {memory_mib} MiB")]
    Ended {
        /// The limit of time.
        seconds: u64,
        /// The limit of memory.
        memory_mib: u64,
        /// For the operator.
        #[serde(skip)]
        reason: String,
    },
    /// The cluster that questions run on was not reached, and so nothing was run.
    #[error("the cluster that questions run on cannot be reached")]
    NoCluster {
        /// For the operator.
        #[serde(skip)]
        reason: String,
    },
    /// A worker cannot be shut in on this machine, and so it does not work.
    #[error("workers cannot be shut in on this machine: {reason}")]
    Walls {
        /// Which wall is missing.
        reason: String,
    },
    /// A worker could not be called.
    #[error("no worker could be called: {reason}")]
    Worker {
        /// What the operating system said.
        reason: String,
    },
    /// The description of a data set or a policy cannot be used.
    #[error("{place}: {reason}")]
    Description {
        /// Where in it.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {reason}")]
    Files {
        /// The path.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// A table cannot be read: what `data` found, under its own code.
    #[error("{english}")]
    Table {
        /// The code of the [`DataError`].
        inner: u16,
        /// Its sentence.
        english: String,
        /// Its fields.
        fields: Map<String, Value>,
    },
    /// The data set was not registered, or its description was changed since.
    #[error("{dataset} is not registered as it is described")]
    NotRegistered {
        /// The data set.
        dataset: String,
    },
    /// Somebody has several rows where the description says nobody has.
    #[error("{table}: somebody has more than one row")]
    NotSingle {
        /// The table.
        table: String,
    },
    /// A table of which no row goes in.
    #[error("{table}: no row is in, {left_out} were left out: {cause} {column} {reason}")]
    NoRows {
        /// The table.
        table: String,
        /// Rows that were left out.
        left_out: u64,
        /// The column in which most of them have something that cannot be used.
        column: String,
        /// How many of them.
        values: u64,
        /// What it is: texts say it in words.
        cause: &'static str,
        /// Why cleaning could not read it, by its name.
        reason: &'static str,
    },
    /// There is no room in a folder.
    #[error("there is no room at {path}")]
    NoSuchRoom {
        /// The folder.
        path: String,
    },
    /// No policy of a name was approved.
    #[error("no policy {policy} was approved here")]
    NoPolicy {
        /// Its name.
        policy: String,
    },
    /// A value that a column can never have, by its description.
    #[error("{of} is never {text}: {values}")]
    NoValue {
        /// What was typed.
        text: String,
        /// What it was compared with.
        of: String,
        /// What it can be.
        values: String,
    },
    /// Something was released of a data set that is described in another way now.
    #[error("something of {dataset} was released under another description")]
    Redescribed {
        /// The data set.
        dataset: String,
    },
    /// What was released before cannot be read, and so nothing can be judged against it.
    #[error("the record of what was released cannot be used: {reason}")]
    History {
        /// What is wrong.
        reason: String,
    },
    /// It could not be recorded, and so it does not happen.
    #[error("this could not be recorded: {reason}")]
    Audit {
        /// What is wrong.
        reason: String,
    },
    /// The engine failed: nothing of why is for whoever asked.
    #[error("the question could not be run")]
    Engine {
        /// For the operator.
        #[serde(skip)]
        reason: String,
    },
    /// The result waits for a person to look at it.
    #[error("the result {id} waits for a reviewer")]
    Held {
        /// Its id.
        id: String,
    },
    /// Something was found in the answer that must not leave.
    #[error("something was found in the answer that looks like a number which identifies somebody")]
    Egress,
    /// A reviewer rejected the answer to this question.
    #[error("a reviewer rejected the answer to this question")]
    Rejected,
    /// There is no such result, or it is somebody else's.
    #[error("there is no result {id}")]
    NoResult {
        /// What was typed.
        id: String,
    },
    /// This user does not decide on this result.
    #[error("{user} does not review this result under {policy}")]
    NotReviewer {
        /// Who.
        user: String,
        /// The policy.
        policy: String,
    },
    /// A decision is final.
    #[error("{id} is decided")]
    Decided {
        /// The result.
        id: String,
    },
    /// What waits is not what was put down.
    #[error("{id} is not as it was put down")]
    Altered {
        /// The result.
        id: String,
    },
    /// A decision without a reason, or with too long a one.
    #[error("a decision has a reason of 1 to {most} characters")]
    Reason {
        /// How long it may be.
        most: usize,
    },
    /// Too little is left of a privacy budget.
    #[error("the privacy budget of {of} has {left} of {total} left, and this costs {asked}")]
    BudgetSpent {
        /// The data set's catalogue code, or the policy.
        of: String,
        /// The price.
        asked: String,
        /// What is left.
        left: String,
        /// All there was.
        total: String,
    },
    /// A price above what the policy allows for one question.
    #[error("a question costs {most} at most, and {price} was offered")]
    PriceTooHigh {
        /// What was offered.
        price: String,
        /// What is allowed.
        most: String,
    },
    /// A price for which there is no noise that could be drawn.
    #[error("for {price} there would be more noise than is drawn")]
    PriceTooSmall {
        /// What was offered.
        price: String,
    },
    /// Too little is left of the δ of all questions.
    #[error(
        "of {total} that all questions about {of} may add to a delta {left} is left, and this adds {asked}"
    )]
    DeltaSpent {
        /// The data set's catalogue code, or the policy.
        of: String,
        /// What it adds.
        asked: String,
        /// What is left.
        left: String,
        /// What all questions may add.
        total: String,
    },
    /// Answers with noise of what was registered before it had a privacy budget.
    #[error(
        "{dataset} was registered without a privacy budget: rows of one may have decided on those of others"
    )]
    NotAlone {
        /// The data set.
        dataset: String,
    },
    /// A question with noise of which what is added up could come to more than the worker may use: by the question alone.
    #[error("this can need {needs_mib} MiB, and there are {memory_mib}")]
    NoRoom {
        /// What it can need, in MiB.
        needs_mib: u64,
        /// What the policy gives.
        memory_mib: u64,
    },
    /// A price under a policy without noise.
    #[error("{policy} has no prices: answers have no noise")]
    NoPrice {
        /// The policy.
        policy: String,
    },
    /// Nobody of this name and secret may come in: the same for an unknown name and a wrong secret.
    #[error("nobody of this name and secret may come in")]
    NoLogin,
    /// A login that ended, or none.
    #[error("there is no login, or it has ended")]
    LoggedOut,
    /// Too many logins failed.
    #[error("too many logins failed lately")]
    TooManyLogins,
    /// A ticket or a prepared question that is not there: never given to this user, used, or ended.
    #[error("there is no such {what}, or not any more")]
    NoTicket {
        /// What was asked for.
        what: String,
    },
    /// Too much at once.
    #[error("more than {most} requests of {user} at once")]
    Busy {
        /// Who asks.
        user: String,
        /// How many there may be.
        most: u64,
    },
    /// It cannot be done, and why is for the operator.
    #[error("this cannot be done now")]
    Unable,
    /// Several policies are this user's, and none was chosen.
    #[error("there are several policies: {}", .policies.join(", "))]
    Choose {
        /// Which.
        policies: Vec<String>,
    },
    /// What the protocol knows and this server does not do.
    #[error("this server does not do {what}")]
    Unserved {
        /// What.
        what: String,
    },
    /// A server of ours cannot be reached, or cannot be understood.
    #[error("{address}: {reason}")]
    Server {
        /// Where.
        address: String,
        /// What is wrong.
        reason: String,
    },
    /// The list of users is not as a command has it.
    #[error("{user}: {reason}")]
    User {
        /// The name.
        user: String,
        /// `name`, `there` or `not-there`.
        reason: String,
    },
    /// What a server refused, under its own code.
    #[error("{english}")]
    Remote {
        /// The code.
        inner: u16,
        /// Its sentence.
        english: String,
        /// Its fields.
        fields: Map<String, Value>,
    },
    /// There is no such program, or nobody approved it as it is.
    #[error("there is no program {program} here")]
    NoProgram {
        /// What was typed.
        program: String,
    },
    /// A table that programs may not read.
    #[error("{policy} lets no program read {table}")]
    NoPrograms {
        /// The policy.
        policy: String,
        /// The table.
        table: String,
    },
    /// It is no program of its kind.
    #[error("this is no program: {reason}")]
    Unfit {
        /// What is wrong with it.
        reason: String,
    },
    /// Who put a program down, or may use it, does not approve it.
    #[error("{user} does not approve this program")]
    OwnProgram {
        /// Who tried.
        user: String,
    },
    /// The component that was named for approval is not the one that lies there.
    #[error("{program} is another component than the one that was named")]
    OtherComponent {
        /// The program.
        program: String,
    },
    /// A question for a program that is none for questions, or none where there is one.
    #[error("{program}: a score is asked about in SQL, and an aggregate is not")]
    OtherKind {
        /// The program.
        program: String,
    },
    /// An aggregate under a policy by which nobody looks at results, or by which answers have noise.
    #[error("nobody would look at what a program gives under {policy}")]
    Unreviewed {
        /// The policy.
        policy: String,
    },
    /// A policy that not everybody has signed who has to.
    #[error("{policy} is not signed yet by: {}", .missing.join(", "))]
    Unsigned {
        /// The policy.
        policy: String,
        /// Who has to sign; where any one of several may, they stand in one text.
        missing: Vec<String>,
    },
    /// A signature that does not fit: what is signed was changed, or somebody else signed.
    #[error("the signature of {by} does not fit {policy}")]
    BadSignature {
        /// The policy.
        policy: String,
        /// Whose it is said to be.
        by: String,
    },
    /// Nobody of this name and key approves this here.
    #[error("{by} is no approver of this room, or not by this key, or not of this")]
    NotApprover {
        /// Who.
        by: String,
    },
    /// A policy that was withdrawn, or replaced by another of its name.
    #[error("{policy} was withdrawn or replaced")]
    Withdrawn {
        /// The policy.
        policy: String,
    },
    /// A policy that was signed for something else than what is here.
    #[error("{policy} was signed for something else: {what}")]
    Unbound {
        /// The policy.
        policy: String,
        /// `room`, `dataset`, `record` or `nothing`.
        what: String,
    },
    /// Who may ask under a policy does not sign it for the holder.
    #[error("{user} may ask under this policy and does not sign it for the holder")]
    OwnPolicy {
        /// Who.
        user: String,
    },
    /// The list of approvers is not as a command has it.
    #[error("{name}: {reason}")]
    Approver {
        /// The name.
        name: String,
        /// `first`, `name`, `there`, `key` or `last`.
        reason: String,
    },
    /// Nobody signs twice.
    #[error("{by} has signed {policy}")]
    AlreadySigned {
        /// The policy.
        policy: String,
        /// Who.
        by: String,
    },
    /// On a day that is played to see that what must be hidden is, it was not, or what must show did not.
    #[error("step {step} of the demonstration did not end as it must")]
    Shown {
        /// The step.
        step: String,
    },
    /// The command line cannot be understood.
    #[error("{reason}")]
    Usage {
        /// What is wrong with it.
        reason: String,
    },
}

impl From<DataError> for SandboxError {
    fn from(error: DataError) -> Self {
        let fields = yinshu_beside::fields(&error);
        Self::Table { inner: error.code(), english: error.to_string(), fields }
    }
}
