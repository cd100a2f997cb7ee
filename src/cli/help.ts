/**
 * Help: the pages of the parser, laid out for the window they are read in.
 *
 * The parser breaks commands in the middle and a word where its column ends; here a table whose right side has little room puts it
 * below the left, and an example is a line of its own that can be copied, continued with `\` where it is too long. Pure.
 */
import { columns, wrap } from '../report/terminal.js';

const NARROWEST = 40;
/** A table with less room on its right is none. */
const ROOM_FOR_TEXT = 26;

/** @param page as the parser prints it without wrapping */
export function layOutHelp(page: string, width: number): string {
  const room = Math.max(NARROWEST, width);
  let section = '';
  const lines = page
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      if (/^\S.*:$/.test(line)) section = line;
      return section === 'Examples:' ? exampleLines(line, room) : helpLines(line, room);
    });
  return `${lines.join('\n')}\n`;
}

function helpLines(line: string, width: number): readonly string[] {
  const { text, note } = withoutTypes(line);
  const [, left = '', gap = '', right = ''] = /^( *\S.*?)( {2,})(\S.*)$/.exec(text) ?? [];
  if (right === '') return paragraph(text, width);
  const said = note === '' ? right : `${right} (${note})`;
  const at = left.length + gap.length;
  if (width - at < ROOM_FOR_TEXT && at + columns(said) > width)
    return [left, ...wrap(said, width - 8).map((part) => `        ${part}`)];
  return wrap(said, width - at).map((part, index) => (index === 0 ? left + gap : ' '.repeat(at)) + part);
}

/** What a flag takes is in its words; kept are the values it can have, and what it is without it. */
function withoutTypes(line: string): { readonly text: string; readonly note: string } {
  const [, text = line, types = ''] = /^(.*?)( {2,}(?: *\[[^\]]*(?:\[\])?\])+)$/.exec(line) ?? [];
  const choices = /\[choices: ([^\]]*)\]/.exec(types)?.[1] ?? '';
  const usual = /\[default: ([^\]]*)\]/.exec(types)?.[1] ?? '';
  const isSaid = usual !== '' && !['true', 'false', '['].includes(usual);
  const notes = [...(choices === '' ? [] : [choices]), ...(isSaid ? [`default: ${usual}`] : [])];
  return types === '' ? { text: line, note: '' } : { text, note: notes.join('; ').replaceAll('"', '') };
}

function paragraph(text: string, width: number): readonly string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  return wrap(text.trim(), width - indent.length).map((line) => indent + line);
}

function exampleLines(line: string, width: number): readonly string[] {
  const [, command = '', , text = ''] = /^ *(\S.*?)(?:( {2,})(\S.*))?$/.exec(line) ?? [];
  if (command === '' || !line.startsWith(' ')) return paragraph(line, width);
  return [...commandLines(command, width), ...wrap(text, width - 6).map((part) => `      ${part}`)];
}

/** Broken between its words, never within quotes, nor between a flag and its value. */
function commandLines(command: string, width: number): readonly string[] {
  const pieces = command.match(/(?:--[\w-]+ (?!-))?(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [command];
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joined = last === undefined ? `  ${piece}` : `${last} ${piece}`;
    if (last === undefined) lines.push(joined);
    else if (columns(joined) > width - 2) lines.push(`    ${piece}`);
    else lines[lines.length - 1] = joined;
  }
  return lines.map((line, at) => (at === lines.length - 1 ? line : `${line} \\`));
}
