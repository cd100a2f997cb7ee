/**
 * Library: the scenarios that come with mailbench, wherever it is installed, and the files that each of them needs.
 *
 * A scenario is known by the name of its file; what it is for is the comment at its beginning.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openScenario } from '../scenario/open-scenario.js';
import { settingsOfAll } from '../scenario/settings.js';

export interface LibraryScenario {
  readonly name: string;
  /** Of the scenario itself. */
  readonly path: string;
  /** One line, or ''. */
  readonly purpose: string;
}

/** A file of the library, relative to it. */
export interface Companion {
  readonly path: string;
  readonly content: Buffer;
}

const FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const EXTENSIONS = ['.yaml', '.ts', '.mjs', '.js'];

/** Those to begin with; the others follow by name. */
const FIRST = ['quick', 'smoke', 'load', 'stress', 'spike', 'soak', 'breakpoint'];

export function libraryScenarios(): readonly LibraryScenario[] {
  const files = readdirSync(FOLDER).filter((file) => EXTENSIONS.includes(extname(file)));
  const rank = ({ name }: LibraryScenario) => (FIRST.indexOf(name) + 1 || FIRST.length + 1) as number;
  return files
    .map((file) => ({
      name: basename(file, extname(file)),
      path: join(FOLDER, file),
      purpose: purposeOf(readFileSync(join(FOLDER, file), 'utf8')),
    }))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** The first sentence of the comment at the beginning. */
function purposeOf(text: string): string {
  const comment = /^(?:\/\*[\s\S]*?\*\/|(?:#.*\n)+)/.exec(text)?.[0] ?? '';
  const prose = comment
    .replace(/^(?:#|\/?\*+\/?| \*\/?) ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return /^.*?[.?!](?= |$)/.exec(prose)?.[0] ?? prose;
}

/** What the scenario names that lies in the library too: behaviours, CSV files, attachments, corpora. */
export async function companionsOf({ path }: LibraryScenario): Promise<readonly Companion[]> {
  const { files, scenario } = await openScenario({ file: path, flags: {}, env: {}, drawSeed: () => 0 });
  const messages = [scenario, ...settingsOfAll(scenario)].flatMap((settings) => settings.messages);
  const corpora = messages.flatMap((entry) => (entry.kind === 'corpus' ? filesIn(entry.path) : []));
  const paths = [...files.map((file) => file.path), ...corpora].map((file) => relative(FOLDER, file));
  const inside = new Set(paths.filter((file) => !file.startsWith('..') && file !== basename(path)));
  return [...inside].sort().map((file) => ({ path: file, content: readFileSync(join(FOLDER, file)) }));
}

function filesIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}
