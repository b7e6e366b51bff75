-- Requirement 002: conversations of a user and their messages. The messages are conversation_messages, because requirement 003
-- has a table `messages` of another make. Users are those of the token that the application was given: there is no users table
-- to refer to. Times are UTC and given by the application.
-- Keys are integers that the application makes (database/repositories/keys.py): SERIAL and AUTO_INCREMENT are not portable, and
-- a variant for each database would be four texts to keep alike, for a number whose only duty is to be unique and to grow.
-- length(replace(...)) = 0 tells capitals apart where = does not; substr() counts characters where length() counts bytes.

CREATE TABLE IF NOT EXISTS conversations (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id VARCHAR(255) NOT NULL,
    summary VARCHAR(100),
    created_at TIMESTAMP(6) NOT NULL,
    updated_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT uq_conversations_owner UNIQUE (id, user_id),
    CONSTRAINT ck_conversations_user_id CHECK (length(user_id) > 0 AND length(substr(user_id, 256, 1)) = 0),
    CONSTRAINT ck_conversations_summary CHECK (length(substr(summary, 101, 1)) = 0),
    CONSTRAINT ck_conversations_updated_at CHECK (updated_at >= created_at)
);

-- A user's conversations by last message.
CREATE INDEX IF NOT EXISTS idx_conversations_user ON conversations (user_id, updated_at, id);

-- A message's user is that of its conversation: the key has both. Within a conversation the ids grow.
CREATE TABLE IF NOT EXISTS conversation_messages (
    id BIGINT NOT NULL PRIMARY KEY,
    conversation_id BIGINT NOT NULL,
    user_id VARCHAR(255) NOT NULL,
    role VARCHAR(20) NOT NULL,
    content TEXT NOT NULL,
    summary VARCHAR(100),
    created_at TIMESTAMP(6) NOT NULL,
    FOREIGN KEY (conversation_id, user_id) REFERENCES conversations (id, user_id) ON DELETE CASCADE,
    CONSTRAINT ck_conversation_messages_role CHECK (
        role IN ('user', 'assistant', 'system')
        AND length(replace(replace(replace(role, 'user', ''), 'assistant', ''), 'system', '')) = 0
    ),
    CONSTRAINT ck_conversation_messages_content CHECK (length(content) > 0 AND length(substr(content, 1001, 1)) = 0),
    CONSTRAINT ck_conversation_messages_summary CHECK (length(substr(summary, 101, 1)) = 0)
);

CREATE INDEX IF NOT EXISTS idx_conversation_messages_order ON conversation_messages (conversation_id, id);
CREATE INDEX IF NOT EXISTS idx_conversation_messages_user ON conversation_messages (user_id, id);
