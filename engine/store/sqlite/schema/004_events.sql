-- Committed transitions (engine/store/events.h), in blocks of those that one commit told (engine/store/event_block.h).

CREATE TABLE events (
  first_id INTEGER PRIMARY KEY,  -- of the events in the block, which follow each other
  count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,        -- of all blocks that were ever written, with this one
  block BLOB NOT NULL
) STRICT;
