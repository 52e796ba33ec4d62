//! The data of the service: a few samples, and the changes of callers while it runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Number of callers' invoices that are kept; older ones are dropped.
const KEPT: usize = 1000;
/// The number before the first invoice of this run.
const LAST_SAMPLE: u32 = 1003;

/// Currency of an amount (ISO 4217).
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Euro.
    Eur,
    /// US dollar.
    Usd,
}

/// The state of an invoice.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Written, not sent.
    Draft,
    /// Sent, not paid.
    Sent,
    /// Paid.
    Paid,
}

/// One invoice.
#[derive(Clone, Serialize)]
pub struct Invoice {
    /// Its number.
    pub id: u32,
    /// The payer.
    pub customer: String,
    /// Amount in cents.
    pub amount_cents: u32,
    /// Currency of the amount.
    pub currency: Currency,
    /// Its state.
    pub status: Status,
}

/// One account of the service.
#[derive(Clone, Serialize)]
pub struct User {
    /// Its number.
    pub id: u32,
    /// Common name in its certificates.
    pub name: &'static str,
    /// Its roles.
    pub roles: &'static [&'static str],
}

struct Data {
    next_id: u32,
    made: VecDeque<Invoice>,
    users: Vec<User>,
}

/// Shared by all requests; cloning it shares it.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Data>>);

impl Store {
    /// The samples and nothing else.
    pub fn with_samples() -> Self {
        let data = Data { next_id: LAST_SAMPLE + 1, made: VecDeque::new(), users: users() };
        Self(Arc::new(Mutex::new(data)))
    }

    /// All invoices, oldest first.
    pub fn invoices(&self) -> Vec<Invoice> {
        samples().into_iter().chain(self.data().made.iter().cloned()).collect()
    }

    /// Keeps a new draft.
    pub fn add_invoice(&self, customer: String, amount_cents: u32, currency: Currency) -> Invoice {
        let mut data = self.data();
        let id = data.next_id;
        data.next_id += 1;
        let invoice = Invoice { id, customer, amount_cents, currency, status: Status::Draft };
        data.made.push_back(invoice.clone());
        if data.made.len() > KEPT {
            data.made.pop_front();
        }
        invoice
    }

    /// All accounts.
    pub fn users(&self) -> Vec<User> {
        self.data().users.clone()
    }

    /// Removes an account, if it is there.
    pub fn remove_user(&self, id: u32) {
        self.data().users.retain(|user| user.id != id);
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        // No step above leaves the data half changed, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn samples() -> [Invoice; 3] {
    let invoice = |id, customer: &str, amount_cents, currency, status| Invoice {
        id,
        customer: customer.to_owned(),
        amount_cents,
        currency,
        status,
    };
    [
        invoice(1001, "Blue Harbour Ltd", 129_900, Currency::Eur, Status::Paid),
        invoice(1002, "Oak & Iron", 8_450, Currency::Eur, Status::Sent),
        invoice(LAST_SAMPLE, "Northern Light Inc", 54_000, Currency::Usd, Status::Draft),
    ]
}

fn users() -> Vec<User> {
    vec![
        User { id: 1, name: "alice", roles: &["reader"] },
        User { id: 2, name: "bob", roles: &["admin"] },
        User { id: 3, name: "carol", roles: &["reader"] },
    ]
}
