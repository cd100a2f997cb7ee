/**
 * Which compiled test files to run. Pure: lists of paths in, list of tests out.
 *
 * The compiler never deletes what it once wrote, so a compiled test counts only while its source is there.
 */
export interface TestFile {
  /** Relative to the folder of compiled tests, with forward slashes. */
  readonly path: string;
  /** True for `*.real.test.ts`: needs real servers or a browser. */
  readonly isReal: boolean;
}

export interface TestSelection {
  readonly compiled: readonly string[];
  readonly sources: readonly string[];
  /** Keep only paths that contain one of these; all when empty. */
  readonly names: readonly string[];
}

/** The tests to run, sorted by path. */
export function selectTests({ compiled, sources, names }: TestSelection): TestFile[] {
  const known = new Set(sources);
  return compiled
    .filter((path) => path.endsWith('.test.js') && known.has(path.replace(/\.js$/, '.ts')))
    .filter((path) => names.length === 0 || names.some((name) => path.includes(name)))
    .sort()
    .map((path) => ({ path, isReal: path.endsWith('.real.test.js') }));
}
