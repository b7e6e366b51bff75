-- Requirement 001: sessions of a chat widget and their messages; and what the Store of the package openai-chatkit keeps.
-- The document calls the messages "chat history", which is the name of a tenant's table (requirement 000): here they are
-- chatkit_messages. Times are UTC and given by the application. One text for all databases, so two rules are written oddly:
-- length(replace(...)) = 0 tells capitals apart where = does not, and substr() counts characters where length() counts bytes.

-- id is ours, session_id is the widget's own, by which messages refer to it. Nobody owns a session: whoever knows its UUID has it.
-- The digits of a UUID are the application's to check; here is its form.
CREATE TABLE IF NOT EXISTS chatkit_sessions (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    session_id VARCHAR(36) NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT uq_chatkit_sessions_session_id UNIQUE (session_id),
    CONSTRAINT ck_chatkit_sessions_session_id CHECK (session_id LIKE '________-____-____-____-____________'),
    CONSTRAINT ck_chatkit_sessions_updated_at CHECK (updated_at >= created_at)
);

-- A message is never changed. Its number is its place in the session, given while the session's row is locked. A message of the
-- future is one whose time is after the moment at which it was written down.
CREATE TABLE IF NOT EXISTS chatkit_messages (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    session_id VARCHAR(36) NOT NULL,
    sequence_number BIGINT NOT NULL,
    role VARCHAR(20) NOT NULL,
    content TEXT NOT NULL,
    timestamp TIMESTAMP(6) NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    FOREIGN KEY (session_id) REFERENCES chatkit_sessions (session_id) ON DELETE CASCADE,
    CONSTRAINT uq_chatkit_messages_order UNIQUE (session_id, sequence_number),
    CONSTRAINT ck_chatkit_messages_role CHECK (
        role IN ('user', 'assistant') AND length(replace(replace(role, 'user', ''), 'assistant', '')) = 0
    ),
    CONSTRAINT ck_chatkit_messages_content CHECK (length(content) > 0),
    CONSTRAINT ck_chatkit_messages_timestamp CHECK (timestamp <= created_at)
);

-- Messages by time, over all sessions; within one the unique key above serves.
CREATE INDEX IF NOT EXISTS idx_chatkit_messages_created_at ON chatkit_messages (created_at);

-- The package's own objects, whole, as it writes them: it changes items, and has more kinds of them than there are roles above.
-- They are JSON, not TEXT, because a widget may be longer than the 65,535 bytes of a TEXT on MySQL and MariaDB.
CREATE TABLE IF NOT EXISTS chatkit_threads (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    payload JSON NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT ck_chatkit_threads_user_id CHECK (length(user_id) > 0 AND length(substr(user_id, 256, 1)) = 0)
);

CREATE INDEX IF NOT EXISTS idx_chatkit_threads_user ON chatkit_threads (user_id, created_at, id);

-- The package makes item ids of 32 random bits: they are told apart within their thread alone.
CREATE TABLE IF NOT EXISTS chatkit_items (
    thread_id VARCHAR(64) NOT NULL,
    id VARCHAR(64) NOT NULL,
    sequence_number BIGINT NOT NULL,
    payload JSON NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    PRIMARY KEY (thread_id, id),
    FOREIGN KEY (thread_id) REFERENCES chatkit_threads (id) ON DELETE CASCADE,
    CONSTRAINT uq_chatkit_items_order UNIQUE (thread_id, sequence_number)
);

CREATE TABLE IF NOT EXISTS chatkit_attachments (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    payload JSON NOT NULL,
    created_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT ck_chatkit_attachments_user_id CHECK (length(user_id) > 0 AND length(substr(user_id, 256, 1)) = 0)
);

CREATE INDEX IF NOT EXISTS idx_chatkit_attachments_user ON chatkit_attachments (user_id);
