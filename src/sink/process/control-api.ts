/**
 * Control interface: a small HTTP server on loopback through which a sink is watched and changed while it runs.
 *
 *   GET /counters   GET /health   GET /behaviours   PUT /behaviours   GET /receipts?after=CURSOR   POST /reset?receipts=1
 *
 * A change has reached every worker when it is answered. Errors are JSON that says what to do; behaviours with an error
 * are refused whole with every problem, and those before them stay. docs/sink.md shows it in use.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BehaviourError, UsageError } from '../../errors.js';
import { isLoopbackHost } from '../../safety.js';
import { listen } from '../listen.js';
import { Refusal, readBody, refuseForeigners } from './control-guard.js';
import type { Group } from './group.js';
import type { LoopHealth } from './health.js';
import type { Address } from './unit.js';

export interface ControlApi {
  readonly address: Address;
  close(): Promise<void>;
}

/** Cursor for what comes after the receipts of an answer. */
export const NEXT_CURSOR_HEADER = 'X-Mailbench-Next';

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** Throws what checkControlAddress throws, and EnvironmentError as a sink does that cannot listen. */
export async function startControlApi(group: Group, address: Address): Promise<ControlApi> {
  checkControlAddress(address);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(group, request, response);
  });
  return { address: await listen(server, address), close: () => close(server) };
}

/** Throws UsageError SINK_API_NOT_LOOPBACK. */
export function checkControlAddress({ host }: Address): void {
  if (isLoopbackHost(host)) return;
  throw new UsageError('SINK_API_NOT_LOOPBACK', `the control interface does not listen on ${host}`, {
    hint: 'It has no password: give it a port of 127.0.0.1 or ::1, and come through ssh from elsewhere.',
  });
}

interface Call {
  readonly group: Group;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

type Handler = (call: Call) => Promise<void>;

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/counters': { GET: async (call) => sendJson(call, 200, await call.group.counts()) },
  '/health': { GET: async (call) => sendJson(call, 200, describeHealth(call.group)) },
  '/behaviours': { GET: async (call) => sendJson(call, 200, call.group.behaviours), PUT: putBehaviours },
  '/receipts': { GET: getReceipts },
  '/reset': { POST: reset },
};

async function answer(group: Group, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const call = { group, request, response, query: new URLSearchParams(query) };
  try {
    refuseForeigners(request);
    await handlerOf(request, response, path)(call);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else sendError(call, error);
  }
}

/** Throws Refusal. */
function handlerOf({ method = 'GET' }: IncomingMessage, response: ServerResponse, path: string): Handler {
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined) {
    throw new Refusal(404, `There is nothing here; there is ${Object.keys(ROUTES).join(', ')}.`);
  }
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler !== undefined) return handler;
  const allowed = Object.keys(methods).join(', ');
  response.setHeader('Allow', allowed);
  throw new Refusal(405, `Use ${allowed} here.`);
}

async function putBehaviours(call: Call): Promise<void> {
  const { group, request } = call;
  const text = await readBody(request, MAX_BODY_BYTES);
  const profile = call.query.get('profile');
  await group.behave({
    seed: group.behaviours?.seed ?? 0,
    bounceTo: group.behaviours?.bounceTo ?? null,
    profile,
    text,
    path: 'behaviours',
  });
  sendJson(call, 200, group.behaviours);
}

async function getReceipts(call: Call): Promise<void> {
  const { group, query, response } = call;
  const { receipts } = group;
  if (receipts === null) {
    throw new Refusal(404, 'This sink writes no receipts; start it with --receipts FILE.');
  }
  const page = await receipts.page(query.get('after'));
  if (page === null) {
    throw new Refusal(
      410,
      'This cursor is not of this sink, or its receipts were cleared; ask without `after`.',
    );
  }
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', [NEXT_CURSOR_HEADER]: page.next });
  for (const lines of page.lines) response.write(lines);
  response.end();
}

async function reset(call: Call): Promise<void> {
  await call.group.reset({ clearsReceipts: call.query.get('receipts') === '1' });
  sendJson(call, 200, await call.group.counts());
}

function describeHealth(group: Group) {
  return {
    deaths: group.deaths,
    workers: group.health().map(({ worker, pid, health }) => ({
      worker,
      pid,
      utilisation: shareOf(health, 'busyUs'),
      cpuWait: shareOf(health, 'cpuWaitUs'),
    })),
  };
}

/** Of the last second; null when the process has just started. */
function shareOf(health: LoopHealth | null, part: 'busyUs' | 'cpuWaitUs'): number | null {
  return health === null || health.wallUs === 0
    ? null
    : Math.round((health[part] / health.wallUs) * 1000) / 1000;
}

function sendJson({ response }: Call, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}

function sendError(call: Call, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BehaviourError) {
    sendJson(call, 422, { error: `${message}; those before them stay`, problems: error.problems });
    return;
  }
  // What was not read of a body must not be taken for the next request.
  call.response.setHeader('Connection', 'close');
  sendJson(call, error instanceof Refusal ? error.status : 500, { error: message });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
