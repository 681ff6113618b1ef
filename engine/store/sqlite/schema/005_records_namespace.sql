-- What belongs to one object – the revisions and the members of a workflow have its id as their namespace – is found
-- without reading all that there is of its kind.
CREATE INDEX records_namespace ON records (kind, namespace);
