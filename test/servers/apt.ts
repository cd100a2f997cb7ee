/**
 * Decides whether packages may be installed on this machine, and reads what apt-get says it would do. Pure.
 *
 * The machine may be somebody's mail host: installing Postfix there would remove Exim.
 */

/** Names of the packages that `apt-get -s` says it would remove. */
export function removals(simulation: string): string[] {
  return lines(simulation, 'Remv');
}

/** Names of the packages that `apt-get -s` says it would unpack, new ones and newer ones. */
export function installations(simulation: string): string[] {
  return lines(simulation, 'Inst');
}

export interface Circumstances {
  /** Debian packages that are missing and can be installed. */
  readonly missing: readonly string[];
  /** Those that must not be installed, because they would remove others, but unpacked. */
  readonly toUnpack: readonly string[];
  readonly hasApt: boolean;
  readonly isRoot: boolean;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Decision =
  | { readonly action: 'nothing-missing' }
  | { readonly action: 'install' }
  | { readonly action: 'ask' }
  /** Go on without; `isFailure` where the tests may not be skipped. */
  | { readonly action: 'leave'; readonly reason: string; readonly isFailure: boolean };

/** Installs unasked in CI and where `MAILBENCH_INSTALL_SERVERS=1`; elsewhere somebody at a terminal has to agree. */
export function decide(circumstances: Circumstances): Decision {
  const { missing, toUnpack, hasApt, isRoot, isTerminal, env } = circumstances;
  const leave = (reason: string): Decision => ({
    action: 'leave',
    reason,
    isFailure: env.MAILBENCH_REQUIRE_SERVERS === '1',
  });
  if (missing.length + toUnpack.length === 0) return { action: 'nothing-missing' };
  if (!hasApt) return leave(`there is no apt-get here: ${adviceElsewhere(circumstances)}`);
  const command = commandFor(circumstances);
  if (!isRoot) return leave(`only root can install them: ${command}`);
  if (isSet(env.CI) || env.MAILBENCH_INSTALL_SERVERS === '1') return { action: 'install' };
  if (isTerminal) return { action: 'ask' };
  return leave(`set MAILBENCH_INSTALL_SERVERS=1 to have them installed, or do it yourself: ${command}`);
}

/** What somebody may type instead. What is to be unpacked has no command: its installation would remove Postfix. */
function commandFor({ missing, toUnpack }: Circumstances): string {
  const install = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  // With the variable, or it would ask, and without a terminal give this advice again.
  const unpack = `MAILBENCH_INSTALL_SERVERS=1 node dist-test/servers/install.js unpacks ${toUnpack.join(' ')}`;
  return [...(missing.length > 0 ? [install] : []), ...(toUnpack.length > 0 ? [unpack] : [])].join('; ');
}

/** Where nothing is a Debian package. What is to be unpacked is looked for where only this installer puts it. */
function adviceElsewhere({ missing, toUnpack }: Circumstances): string {
  const install = 'install them with the package manager of this system';
  const unpack = `only Debian can unpack ${toUnpack.join(' ')}`;
  return [...(missing.length > 0 ? [install] : []), ...(toUnpack.length > 0 ? [unpack] : [])].join('; ');
}

/** CI systems set `CI=true` or `CI=1`; people unset it with `CI=false` or `CI=`. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}

function lines(simulation: string, word: string): string[] {
  return [...simulation.matchAll(new RegExp(`^${word} (\\S+)`, 'gm'))].map((match) => match[1] ?? '');
}
