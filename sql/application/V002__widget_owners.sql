-- Whose a widget's session is. Document 001 has no users: there a session is whoever's who knows its UUID. Over HTTP it is the
-- user's who began it, and a session that was begun without HTTP is nobody's. Needs the set chatkit too.
CREATE TABLE IF NOT EXISTS widget_owners (
    session_id VARCHAR(36) NOT NULL PRIMARY KEY,
    user_id VARCHAR(36) NOT NULL,
    FOREIGN KEY (session_id) REFERENCES chatkit_sessions (session_id) ON DELETE CASCADE,
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX IF NOT EXISTS idx_widget_owners_user ON widget_owners (user_id);
