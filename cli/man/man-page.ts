// The manual page, from the same words that --help prints: acceptq(1) in roff.
import type { Argument, Command, Option } from 'commander';
import { bold, italic, roffArgument, roffLine, roffProse } from './roff.ts';

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['NO_COLOR', 'if set, terminals get no colours. What is piped has none anyway.'],
  ['ACCEPTQ_DEBUG', 'if set, an internal error is shown with its stack trace.'],
  ['TMPDIR', 'where the store is while a capture is analysed without --db.'],
];

const SEE_ALSO = [
  ['listen', 2],
  ['perf-record', 1],
  ['trace-cmd', 1],
  ['tcp', 7],
  ['bpftrace', 8],
  ['nstat', 8],
  ['ss', 8],
] as const;

const EXAMPLES = 'Examples:';
const STATUS = 'Exit status:';

export function manPage(program: Command, version: string): string {
  const commands = program.commands.filter((command) => command.name() !== 'help');
  const after = afterHelp(program);
  const titled = (title: string): string[] => after.filter((paragraph) => paragraph.startsWith(title));
  return `${[
    `.TH ACCEPTQ 1 "" ${roffArgument(`acceptq ${version}`)} "User Commands"`,
    '.ad l',
    '.SH NAME',
    `acceptq \\- ${roffLine('what happened to the accept queues of a host, from a trace file')}`,
    '.SH SYNOPSIS',
    ...commands.flatMap((command, k) => [...(k === 0 ? [] : ['.br']), synopsis(command)]),
    '.SH DESCRIPTION',
    ...roffProse(program.description()),
    ...after.filter((text) => !text.startsWith(EXAMPLES) && !text.startsWith(STATUS)).flatMap(paragraph),
    '.SH OPTIONS',
    '.TP',
    flagsOf('-h, --help'),
    'of acceptq the commands, after a command its options.',
    ...program.options.flatMap(optionEntry),
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH EXIT STATUS',
    ...titled(STATUS).flatMap((text) => roffProse(text.slice(STATUS.length).trim())),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, means]) => ['.TP', bold(name), ...roffProse(means)]),
    '.SH EXAMPLES',
    ...titled(EXAMPLES).flatMap((text) => asItStands(text.split('\n').slice(1))),
    '.SH SEE ALSO',
    ...SEE_ALSO.map(([page, section], k) => `${bold(page)}(${section})${k === SEE_ALSO.length - 1 ? '' : ','}`),
  ].join('\n')}\n`;
}

const argument = (one: Argument): string => {
  const name = `${italic(one.name())}${one.variadic ? '...' : ''}`;
  return one.required ? name : `[${name}]`;
};

const synopsis = (command: Command): string =>
  [bold('acceptq'), bold(command.name()), ...command.registeredArguments.map(argument), '[options]'].join(' ');

function commandSection(command: Command): string[] {
  return [
    `.SS ${roffArgument(command.name())}`,
    synopsis(command),
    '.PP',
    ...roffProse(`${capitalised(command.description())}.`),
    ...command.registeredArguments.flatMap((one) => ['.TP', argument(one), ...roffProse(`${one.description}.`)]),
    ...command.options.flatMap(optionEntry),
    ...afterHelp(command).flatMap(paragraph),
  ];
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Words that are typed in bold, those that stand for something in italics. */
const flagsOf = (flags: string): string =>
  flags.replace(/-[\w-]+|<([\w-]+)|\[([\w-]+)|[>\]]/g, (found, needed, optional) => {
    if (needed !== undefined) return italic(needed);
    if (optional !== undefined) return `[${italic(optional)}`;
    return found === '>' ? '' : found === ']' ? ']' : bold(found);
  });

function optionEntry(option: Option): string[] {
  const notes = [
    option.mandatory ? 'Needed.' : '',
    typeof option.defaultValue === 'string' ? `Default: ${option.defaultValue}.` : '',
  ].filter((note) => note !== '');
  const flags = flagsOf(option.flags.replace(/(\.\.\.)([>\]])/, '$2$1'));
  return ['.TP', flags, ...roffProse([`${option.description}.`, ...notes].join(' '))];
}

/** Paragraphs that a command prints after its options. */
function afterHelp(command: Command): string[] {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text) });
  command.outputHelp();
  const text = printed.slice(command.helpInformation().length).trim();
  return text === '' ? [] : text.split(/\n\s*\n/);
}

/** Prose is filled; a head with a list under it stays as it is. */
function paragraph(text: string): string[] {
  const [head, ...rest] = text.split('\n');
  if (!rest.some((line) => line.startsWith('  '))) return ['.PP', ...roffProse(text)];
  return ['.PP', roffLine(head), ...asItStands(rest)];
}

const asItStands = (lines: readonly string[]): string[] => [
  '.RS 4',
  '.EX',
  ...lines.map((line) => roffLine(line.trim())),
  '.EE',
  '.RE',
];
