/**
 * Installs the real servers that `npm run test:all` runs against: `node dist-test/servers/install.js`.
 *
 * On Debian as root; elsewhere it says what is missing. It asks first (apt.ts says when), removes nothing that is
 * installed, and starts no daemon. What conflicts with Postfix is unpacked into a folder (unpacked.ts). Exit 1 when
 * packages would have to be removed, when apt-get fails, and when something required is still missing.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { decide, installations, removals } from './apt.js';
import { withoutStartingDaemons } from './policy-rc-d.js';
import { findBinary, findProgram, PROGRAMS, type Program } from './programs.js';
import { unpack } from './unpack.js';
import { unpackedDir } from './unpacked.js';

/** Waits for another apt-get instead of failing, and talks English, for removals() to read. */
const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
const APT_ENVIRONMENT = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});

async function main(): Promise<number> {
  const missing = missingPackages();
  const toUnpack = missingUnpacked().map(({ debianPackage }) => debianPackage);
  const decision = decide({
    missing,
    toUnpack,
    hasApt: findBinary('apt-get') !== undefined,
    isRoot: process.getuid?.() === 0,
    isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
  });
  if (decision.action === 'nothing-missing') {
    console.log(`Servers for the tests: all present (${PROGRAMS.map((program) => program.name).join(', ')})`);
    return 0;
  }
  printMissing();
  if (decision.action === 'leave') {
    console.log(`Their tests ${decision.isFailure ? 'are required' : 'will be skipped'}; ${decision.reason}`);
    return decision.isFailure ? 1 : 0;
  }
  if (decision.action === 'ask' && !(await agrees([...missing, ...toUnpack]))) {
    console.log('Nothing was installed; their tests will be skipped.');
    return process.env.MAILBENCH_REQUIRE_SERVERS === '1' ? 1 : 0;
  }
  await aptGet(['update']);
  const code = await install(missing);
  return code === 0 ? unpackMissing() : code;
}

/** Extracts what cannot be installed; the packages that it shares with others are there by now. */
async function unpackMissing(): Promise<number> {
  for (const { name, debianPackage, unpacked } of missingUnpacked()) {
    console.log(`Unpacking ${name} (${debianPackage}) into ${unpackedDir(debianPackage)}`);
    await unpack(debianPackage, unpacked);
  }
  return missingUnpacked().length === 0 ? 0 : 1;
}

async function install(packages: readonly string[]): Promise<number> {
  if (packages.length === 0) return 0;
  const simulation = await aptGet(['-s', 'install', '--no-install-recommends', ...packages], {
    isQuiet: true,
  });
  const removed = removals(simulation);
  if (removed.length > 0) {
    console.error(
      `Installing ${packages.join(', ')} would remove what is installed here: ${removed.join(', ')}`,
    );
    console.error('Nothing was changed. Run these tests on another machine, or in a container.');
    return 1;
  }
  console.log(`Installing ${installations(simulation).length} packages; no daemon will be started.`);
  await withoutStartingDaemons(() =>
    // --no-remove: should the simulation and the deed differ, apt-get stops.
    aptGet(['install', '-y', '--no-remove', '--no-install-recommends', ...packages]),
  );
  const stillMissing = missingPackages();
  if (stillMissing.length === 0) return 0;
  console.error(`Still missing after the installation: ${stillMissing.join(', ')}`);
  return 1;
}

function missingPackages(): string[] {
  const missing = missingPrograms().filter(({ unpacked }) => unpacked === undefined);
  return [...new Set(missing.map((program) => program.debianPackage))];
}

function missingUnpacked() {
  return missingPrograms().flatMap(({ unpacked, ...program }) =>
    unpacked === undefined ? [] : [{ ...program, unpacked }],
  );
}

function missingPrograms(): Program[] {
  return PROGRAMS.filter((program) => findProgram(program) === undefined);
}

function printMissing(): void {
  console.log('Missing for the tests against real servers:');
  for (const program of PROGRAMS) {
    const { name, debianPackage, purpose } = program;
    if (findProgram(program) === undefined)
      console.log(`  ${name} (Debian package ${debianPackage}): ${purpose}`);
  }
}

async function agrees(packages: readonly string[]): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Install ${packages.join(', ')} with apt-get? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Runs apt-get and returns what it printed. Rejects when it fails. */
async function aptGet(args: readonly string[], { isQuiet = false } = {}): Promise<string> {
  const child = spawn('apt-get', [...APT_OPTIONS, ...args], {
    env: APT_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A signal ends apt-get, not us: we have a policy to put back, and end when it has ended.
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (!isQuiet) process.stdout.write(text);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        if (code === 0) resolve();
        else
          reject(
            new Error(`apt-get ${args.join(' ')} ended with ${code ?? signal}\n${isQuiet ? output : ''}`),
          );
      });
    });
  } finally {
    for (const signal of signals) process.removeListener(signal, passOn);
  }
  return output;
}
