-- One round of releases.sql, `:round`: an environment of its own, in a backend that has not built anything yet.
\c
SET client_min_messages = warning;
CALL releases.timed('deploy', format('SELECT releases.deploy(%L, %L)', 'env_' || :round, 'all ' || :round));
SELECT releases.private_mb() AS backend_memory \gset

CALL releases.timed('create', 'CALL releases.create_all()');
DROP SCHEMA created CASCADE;
CREATE SCHEMA created;

-- 1,000 functions that nobody has built, and those of this environment with ten changed.
CALL releases.timed('plan', format('SELECT releases.plan(%L, %L)', 'planned', 'all ' || 2 * :round + 4));
CALL releases.timed('plan', format('SELECT releases.plan(%L, %L)', 'planned', 'all ' || 2 * :round + 5));
CALL releases.timed('replan', format('SELECT releases.plan(%L, %L)', 'env_' || :round, format('ten of %s, 11', :round)));
CALL releases.timed('replan', format('SELECT releases.plan(%L, %L)', 'env_' || :round, format('ten of %s, 12', :round)));

-- One of 1,000, twice, and ten of 1,000 and back.
CALL releases.timed('one', format('SELECT releases.deploy(%L, %L)', 'one', 'one ' || 2 * :round - 1));
CALL releases.timed('one', format('SELECT releases.deploy(%L, %L)', 'one', 'one ' || 2 * :round));
SELECT releases.deploy('env_' || :round, format('ten of %s, 13', :round)) \g /dev/null
CALL releases.timed('rollback', format('SELECT stopgap.rollback(%L)', 'env_' || :round));

CALL releases.calls('by_hand.f');
CALL releases.calls('live_env_' || :round || '.m1_f1');
CALL releases.timed('by hand', 'CALL releases.calls(''by_hand.f'')');
CALL releases.timed('deployed', format('CALL releases.calls(%L)', 'live_env_' || :round || '.m1_f1'));
