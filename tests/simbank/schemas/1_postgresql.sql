-- The tables as the bank's first schema had them, to be brought forward in a test.

CREATE TABLE accounts (
  id BIGSERIAL NOT NULL,
  number VARCHAR(19) NOT NULL,
  holder_name VARCHAR(70) NOT NULL,
  kind VARCHAR(10) NOT NULL,
  status VARCHAR(10) NOT NULL,
  balance_vnd BIGINT NOT NULL,
  transfer_limit_vnd BIGINT,
  daily_limit_vnd BIGINT,
  reported BOOLEAN DEFAULT false NOT NULL,
  payer_ref VARCHAR(12) NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_accounts PRIMARY KEY (id),
  CONSTRAINT ck_accounts_not_overdrawn CHECK (kind = 'house' OR balance_vnd >= 0),
  CONSTRAINT ck_accounts_kind CHECK (kind IN ('house', 'customer')),
  CONSTRAINT ck_accounts_status CHECK (status IN ('active', 'frozen')),
  CONSTRAINT uq_accounts_number UNIQUE (number),
  CONSTRAINT uq_accounts_payer_ref UNIQUE (payer_ref)
);

CREATE TABLE messages (
  id VARCHAR(24) NOT NULL,
  state VARCHAR(10) NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempts INTEGER NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  delivered_at TIMESTAMP WITH TIME ZONE,
  last_result VARCHAR(200),
  CONSTRAINT pk_messages PRIMARY KEY (id),
  CONSTRAINT ck_messages_state CHECK (state IN ('pending', 'delivered'))
);

CREATE INDEX ix_messages_due_at ON messages (due_at) WHERE state = 'pending';

CREATE TABLE schema_version (
  id SERIAL NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT pk_schema_version PRIMARY KEY (id)
);

CREATE TABLE customers (
  id BIGSERIAL NOT NULL,
  phone VARCHAR(15) NOT NULL,
  pin VARCHAR(6) NOT NULL,
  account_id BIGINT NOT NULL,
  CONSTRAINT pk_customers PRIMARY KEY (id),
  CONSTRAINT uq_customers_phone UNIQUE (phone),
  CONSTRAINT uq_customers_account_id UNIQUE (account_id),
  CONSTRAINT fk_customers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE virtual_accounts (
  id BIGSERIAL NOT NULL,
  number VARCHAR(19) NOT NULL,
  account_id BIGINT NOT NULL,
  label VARCHAR(100) NOT NULL,
  request_id VARCHAR(100) NOT NULL,
  issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_virtual_accounts PRIMARY KEY (id),
  CONSTRAINT uq_virtual_accounts_number UNIQUE (number),
  CONSTRAINT fk_virtual_accounts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT uq_virtual_accounts_request_id UNIQUE (request_id)
);

CREATE INDEX ix_virtual_accounts_account_id ON virtual_accounts (account_id);

CREATE TABLE transfers (
  id BIGSERIAL NOT NULL,
  bank_ref VARCHAR(20) NOT NULL,
  idempotency_key VARCHAR(160) NOT NULL,
  kind VARCHAR(10) NOT NULL,
  payer_id BIGINT NOT NULL,
  payee_id BIGINT,
  virtual_account_id BIGINT,
  to_bank_bin VARCHAR(6) NOT NULL,
  to_number VARCHAR(19) NOT NULL,
  amount_vnd BIGINT NOT NULL,
  content VARCHAR(140) NOT NULL,
  state VARCHAR(10) NOT NULL,
  refusal VARCHAR(30),
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_transfers PRIMARY KEY (id),
  CONSTRAINT ck_transfers_amount CHECK (kind = 'opening' OR amount_vnd BETWEEN 1 AND 499999999),
  CONSTRAINT ck_transfers_state CHECK (state IN ('done', 'refused')),
  CONSTRAINT ck_transfers_refusal_stated CHECK ((state = 'refused') = (refusal IS NOT NULL)),
  CONSTRAINT ck_transfers_done_has_payee CHECK (state = 'refused' OR payee_id IS NOT NULL),
  CONSTRAINT uq_transfers_bank_ref UNIQUE (bank_ref),
  CONSTRAINT uq_transfers_idempotency_key UNIQUE (idempotency_key),
  CONSTRAINT fk_transfers_payer_id FOREIGN KEY(payer_id) REFERENCES accounts (id),
  CONSTRAINT fk_transfers_payee_id FOREIGN KEY(payee_id) REFERENCES accounts (id),
  CONSTRAINT fk_transfers_virtual_account_id FOREIGN KEY(virtual_account_id) REFERENCES virtual_accounts (id)
);

CREATE INDEX ix_transfers_payee_id ON transfers (payee_id);

CREATE INDEX ix_transfers_payer_id_made_at ON transfers (payer_id, made_at);

CREATE TABLE credits (
  seq BIGSERIAL NOT NULL,
  id VARCHAR(24) NOT NULL,
  transfer_id BIGINT NOT NULL,
  message_id VARCHAR(24),
  bank_ref VARCHAR(20) NOT NULL,
  account_number VARCHAR(19) NOT NULL,
  virtual_account VARCHAR(19),
  amount_vnd BIGINT NOT NULL,
  content VARCHAR(140) NOT NULL,
  payer_bank_bin VARCHAR(6) NOT NULL,
  payer_name VARCHAR(70) NOT NULL,
  payer_ref VARCHAR(12) NOT NULL,
  paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_credits PRIMARY KEY (seq),
  CONSTRAINT uq_credits_id UNIQUE (id),
  CONSTRAINT uq_credits_transfer_id UNIQUE (transfer_id),
  CONSTRAINT fk_credits_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id),
  CONSTRAINT fk_credits_message_id FOREIGN KEY(message_id) REFERENCES messages (id)
);

CREATE INDEX ix_credits_message_id ON credits (message_id);

CREATE INDEX ix_credits_unsent ON credits (seq) WHERE message_id IS NULL;

CREATE TABLE ledger_entries (
  id BIGSERIAL NOT NULL,
  transfer_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  amount_vnd BIGINT NOT NULL,
  balance_after_vnd BIGINT NOT NULL,
  booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
  CONSTRAINT uq_ledger_entries_transfer_id_account_id UNIQUE (transfer_id, account_id),
  CONSTRAINT ck_ledger_entries_moves CHECK (amount_vnd <> 0),
  CONSTRAINT fk_ledger_entries_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id),
  CONSTRAINT fk_ledger_entries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_ledger_entries_account_id_booked_at ON ledger_entries (account_id, booked_at);

INSERT INTO schema_version (id, version) VALUES (1, 1);
