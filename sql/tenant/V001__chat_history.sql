-- Requirement 000, a blueprint: made in the schema of every tenant. Questions and the answers to them, with what they cost.
-- Times are UTC and given by the application. The citation is JSON, not TEXT, which has 65,535 bytes on MySQL and MariaDB.

CREATE TABLE IF NOT EXISTS chat_history (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    citation JSON,
    latency INTEGER,
    token_prompt INTEGER,
    token_completion INTEGER,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT ck_chat_history_question CHECK (length(question) > 0),
    CONSTRAINT ck_chat_history_answer CHECK (length(answer) > 0),
    CONSTRAINT ck_chat_history_latency CHECK (latency >= 0),
    CONSTRAINT ck_chat_history_token_prompt CHECK (token_prompt >= 0),
    CONSTRAINT ck_chat_history_token_completion CHECK (token_completion >= 0),
    CONSTRAINT ck_chat_history_updated_at CHECK (updated_at >= created_at)
);

CREATE INDEX IF NOT EXISTS idx_chat_history_created_at ON chat_history (created_at, id);
