/**
 * The nodemailer users of one executor and their pools: one pool for all who log in as the same user, made when the
 * first of them is. A pool has as many connections as it has VUs.
 */
import { narrowedTo, numberAt, type Share, sizeOf } from '../../load/share.js';
import { mostVus } from '../../load/vu-curve.js';
import type { ExecutorSpec } from '../../scenario/executor-spec.js';
import type { Settings } from '../../scenario/scenario.js';
import type { User, UserContext } from '../user.js';
import { poolOptionsOf } from './nodemailer-options.js';
import { NodemailerPool, type PoolContext } from './nodemailer-pool.js';
import { NodemailerUser } from './nodemailer-user.js';

export interface NodemailerUsersOptions
  extends Pick<PoolContext, 'connect' | 'isAllowed' | 'nowUs' | 'isSteadyNow' | 'measurements'> {
  readonly settings: Settings;
  readonly shard: Share;
  readonly spec: ExecutorSpec;
}

/** Returns what makes the user of a VU. */
export function nodemailerUsers(options: NodemailerUsersOptions): (vu: number, context: UserContext) => User {
  const { client, target } = options.settings;
  const pools = new Map<number, NodemailerPool>();
  const poolOf = (vu: number): NodemailerPool => {
    const user = vu % (target.auth?.users.length ?? 1);
    const pool = pools.get(user) ?? createPool(options, user);
    pools.set(user, pool);
    return pool;
  };
  return (vu, context) =>
    new NodemailerUser(vu, { ...context, pool: poolOf(vu), reconnectDelayMs: client.reconnectDelayMs });
}

function createPool(options: NodemailerUsersOptions, user: number): NodemailerPool {
  const { settings, shard, spec, ...context } = options;
  const { client, target } = settings;
  const users = target.auth?.users ?? [];
  const maxConnections = connectionsOf(spec, shard, user, Math.max(1, users.length));
  return new NodemailerPool({
    ...context,
    options: poolOptionsOf({ target, client, credentials: users[user] ?? null, maxConnections }),
    connectMs: client.timeouts.connectMs,
  });
}

function mostVusOf(spec: ExecutorSpec): number {
  if ('maxVUs' in spec) return spec.maxVUs;
  return 'stages' in spec ? mostVus(spec) : spec.vus;
}

/** How many VUs of the shard are this user. */
function connectionsOf(spec: ExecutorSpec, shard: Share, user: number, users: number): number {
  const vus = mostVusOf(spec);
  const share = narrowedTo(shard, vus);
  let connections = 0;
  for (let i = sizeOf(share, vus) - 1; i >= 0; i--) if (numberAt(share, i) % users === user) connections++;
  return Math.max(1, connections);
}
