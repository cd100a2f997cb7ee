/**
 * What can be checked in a Markdown page: its code blocks, tables, links and headings. Pure: text in, data out.
 *
 * No parser; it knows what our pages use: fences of three backticks, tables with pipes, headings with #.
 */
export interface CodeBlock {
  /** What stands behind the backticks: `yaml`, `yaml workflow`, `sh`, or ''. */
  readonly info: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

export function codeBlocks(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { info: string; lines: string[]; line: number } | null = null;
  for (const [index, text] of page.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(text);
    if (fence === null) open?.lines.push(text);
    else if (open === null) open = { info: (fence[1] ?? '').trim(), lines: [], line: index + 1 };
    else {
      blocks.push({ info: open.info, text: `${open.lines.join('\n')}\n`, line: open.line });
      open = null;
    }
  }
  if (open !== null) throw new Error(`the code block of line ${open.line} is never closed`);
  return blocks;
}

/** Cells of the tables that stand under this heading, without their head rows; inline code keeps its backticks. */
export function tableRows(page: string, heading: string): string[][] {
  const lines = sectionOf(page, heading).split('\n');
  const rows = lines.map((line, index) => ({ cells: cellsOf(line), next: lines[index + 1] ?? '' }));
  return rows.flatMap(({ cells, next }) =>
    cells === null || isRuler(cells) || isRuler(cellsOf(next) ?? []) ? [] : [cells],
  );
}

/** From the heading to the next one of the same or a higher level; the page for ''. */
export function sectionOf(page: string, heading: string): string {
  if (heading === '') return page;
  const text = withoutCode(page);
  const start = text.split('\n').findIndex((line) => line.replace(/^#+ /, '') === heading && /^#/.test(line));
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const lines = text.split('\n');
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const end = lines.findIndex((line, index) => index > start && new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(start, end < 0 ? undefined : end).join('\n');
}

/** Words in backticks, in order. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** Targets of links and pictures, as written. */
export function linksOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Commands of `mailbench` in a shell block: its words, without quotes, comments and what goes before. */
export function mailbenchCommands(shell: string): string[][] {
  return shell.split('\n').flatMap((line) => {
    const command = /^(?:[A-Z_]+=\S* )*(?:npx )?mailbench( .*)?$/.exec(line);
    return command === null ? [] : [shellWords(command[1] ?? '')];
  });
}

/** Up to a redirection, a pipe, the next command or a comment. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/^(?:[>|;&#]|\|\|)/.test(word)) break;
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, single = '', double = '') => single + double));
  }
  return words;
}

function withoutCode(page: string): string {
  return page.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''));
}

function cellsOf(line: string): string[] | null {
  if (!line.startsWith('|')) return null;
  return line
    .slice(1, line.trimEnd().lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function isRuler(cells: readonly string[]): boolean {
  return cells.length > 0 && cells.every((cell) => /^:?-+:?$/.test(cell));
}
