/** The command line: which commands there are, how they are called, and how each call ends. */
import {
  Argument,
  Command,
  CommanderError,
  type CommandUnknownOpts,
  Option,
} from '@commander-js/extra-typings';
import { INSTANCE_STATES, isLifecycleError, messageOf } from '@wakeeper/lifecycle';
import { ConfigError, loadClientConfig } from '../config.js';
import {
  apiKeyOption,
  idArgument,
  instanceId,
  jsonOption,
  period,
  recipient,
  seconds,
  urlOption,
} from './arguments.js';
import { CommandError } from './command-error.js';
import { ServerClient } from './server-client.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';

/** Runs one command, and says how it ended. A command's room is loaded when it is called: the server's is heavy. */
interface Cli {
  readonly terminal: Terminal;
  readonly finish: (code: ExitCode) => void;
  /** Of this program. */
  readonly version: string;
  readonly client: (options: { readonly url?: string; readonly apiKey?: string }) => ServerClient;
}

const QR_WAIT_S = 300;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ wakeeper ${line}`).join('\n')}`;

const serveCommand = ({ terminal, finish }: Cli) =>
  new Command('serve')
    .description('start the server, configured by its environment variables (docs/configuration.md)')
    .addHelpText('after', `${examples('serve')}\n  $ DRIVER=simulated PORT=3001 wakeeper serve`)
    .action(async () => {
      const { serve } = await import('./serve.js');
      finish(await serve(terminal));
    });

const doctorCommand = ({ terminal, finish }: Cli) =>
  new Command('doctor')
    .description('say what is wrong with this machine and this configuration, and how to mend it')
    .addOption(jsonOption())
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async (options) => {
      const { doctor } = await import('./doctor/doctor.js');
      finish(await doctor(terminal, options));
    });

const pageCheckCommand = ({ terminal, finish, version }: Cli) =>
  new Command('page-check')
    .description("open WhatsApp Web's page of today, and say whether it has what is needed")
    .addOption(
      new Option(
        '--instance <id>',
        'test it with the profile of this instance, while the server is stopped',
      ).argParser(instanceId),
    )
    .option('--proxy <url>', 'the proxy of that instance, where it has one')
    .addOption(jsonOption())
    .addHelpText('after', examples('page-check', 'page-check --instance shop', 'page-check --json'))
    .action(async (options) => {
      const { pageCheck } = await import('./page-check.js');
      finish(await pageCheck(terminal, { ...options, version }));
    });

const instancesCommand = ({ terminal, finish, client }: Cli) =>
  new Command('instances')
    .description('list the instances of a running server')
    .addOption(new Option('--state <state>', 'only those in this state').choices(INSTANCE_STATES))
    .option('--label <label>', 'only those with this label, as name or name:value')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addHelpText('after', examples('instances', 'instances --state needs_qr --json'))
    .action(async (options) => {
      const { instances } = await import('./instances.js');
      finish(await instances(terminal, client(options), options));
    });

const qrCommand = ({ terminal, finish, client }: Cli) =>
  new Command('qr')
    .description('show the code of an instance in the terminal, and wait until it is scanned and ready')
    .addArgument(idArgument())
    .option('--create', 'create the instance when it is not there')
    .option('--start', 'start it when it is stopped or halted')
    .addOption(
      new Option('--wait <seconds>', 'how long to wait until it is ready')
        .argParser(seconds)
        .default(QR_WAIT_S),
    )
    .addOption(jsonOption())
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addHelpText('after', examples('qr shop --create', 'qr shop --wait 60'))
    .action(async (id, options) => {
      const { qr } = await import('./qr.js');
      finish(await qr(terminal, client(options), id, options));
    });

const passkeyCommand = ({ terminal, finish, client }: Cli) =>
  new Command('passkey')
    .description('link an account that WhatsApp asks for a passkey, with a browser of your own')
    .addArgument(idArgument())
    .addOption(
      new Option('--wait <seconds>', 'how long to wait until WhatsApp asks for it')
        .argParser(seconds)
        .default(QR_WAIT_S),
    )
    .addOption(jsonOption())
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addHelpText('after', examples('passkey shop', 'passkey shop < assertion.json'))
    .action(async (id, options) => {
      const { passkey } = await import('./passkey.js');
      finish(await passkey(terminal, client(options), id, options));
    });

const sendCommand = ({ terminal, finish, client }: Cli) =>
  new Command('send')
    .description('send a text, and print its receipt')
    .addArgument(idArgument())
    .addArgument(new Argument('<to>', 'phone number with country code, or chat id').argParser(recipient))
    .argument('<text>', 'the message')
    .addOption(
      new Option(
        '--wait <seconds>',
        'wait so long until it is sent; else what is queued is enough',
      ).argParser(seconds),
    )
    .option('--idempotency-key <key>', 'the same key sends the same message once, however often it is called')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .addHelpText(
      'after',
      examples("send shop 4915112345678 'Hello'", "send shop 4915112345678 'Hello' --wait 60"),
    )
    .action(async (id, to, text, options) => {
      const { send } = await import('./send.js');
      finish(await send(terminal, client(options), { id, to, text }, options));
    });

const importCommand = ({ terminal, finish }: Cli) =>
  new Command('import')
    .description('make instances of the profiles of a server without wakeeper, without a new scan')
    .requiredOption('--from <folder>', 'where LocalAuth keeps them, as session and session-NAME')
    .option('--dry-run', 'only say what would be done')
    .addOption(
      new Option('--default-id <id>', 'what the profile without a name is called')
        .argParser(instanceId)
        .default('default'),
    )
    .addOption(jsonOption())
    .addHelpText('after', examples('import --from .wwebjs_auth --dry-run', 'import --from .wwebjs_auth'))
    .action(async (options) => {
      const { importProfiles } = await import('./import.js');
      finish(await importProfiles(terminal, options));
    });

const backupCommand = ({ terminal, finish }: Cli) =>
  new Command('backup')
    .description('copy the store to a file, while the server goes on')
    .argument('<file>', 'the copy; never overwrites')
    .addOption(jsonOption())
    .addHelpText('after', examples('backup wakeeper-2026-11-22.db'))
    .action(async (file, options) => {
      const { backup } = await import('./backup.js');
      finish(backup(terminal, file, options));
    });

const fieldReportCommand = ({ terminal, finish }: Cli) =>
  new Command('field-report')
    .description('say what happened to the fleet, without a number, name or text of a person')
    .addOption(
      new Option('--since <period>', 'how far to look back, as 90m, 12h or 30d')
        .argParser(period)
        .default(period('30d'), '30d'),
    )
    .option('--names', 'call the instances by their ids, in place of instance-1 and so on')
    .addOption(jsonOption())
    .addHelpText('after', examples('field-report', 'field-report --since 7d --json'))
    .action(async (options) => {
      const { fieldReport } = await import('./field-report/field-report.js');
      finish(fieldReport(terminal, options));
    });

const COMMANDS: readonly ((cli: Cli) => CommandUnknownOpts)[] = [
  serveCommand,
  doctorCommand,
  pageCheckCommand,
  instancesCommand,
  qrCommand,
  passkeyCommand,
  sendCommand,
  importCommand,
  backupCommand,
  fieldReportCommand,
];

function program(cli: Cli, version: string): CommandUnknownOpts {
  const { terminal } = cli;
  const root = new Command('wakeeper')
    .description('Keeps fleets of WhatsApp Web sessions alive.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(--help shows how it is called)')
    .helpCommand(true)
    .addHelpText(
      'after',
      '\nWithout a command it is `wakeeper serve`. It ends with 0 when all is well, 1 when something is wrong, 2 when it was called wrongly; serve also with 74 when it must be started again (docs/cli.md).',
    );
  for (const make of COMMANDS) root.addCommand(make(cli).copyInheritedSettings(root));
  return root;
}

/** Runs `wakeeper` with these arguments. Whatever goes wrong is printed, and told by the code; nothing is thrown. */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  version = 'unknown',
): Promise<ExitCode> {
  let code: ExitCode = 0;
  const cli: Cli = {
    terminal,
    version,
    finish: (ended) => {
      code = ended;
    },
    client: (options) => new ServerClient(loadClientConfig(options, terminal.env)),
  };
  try {
    await program(cli, version).parseAsync(args.length === 0 ? ['serve'] : [...args], { from: 'user' });
    return code;
  } catch (error) {
    // Help and version end this way too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    tell(error, terminal, args.includes('--json'));
    return 1;
  }
}

/** What people can mend is a sentence or two; anything else is a fault of ours, and shows where it happened. */
function tell(error: unknown, { err }: Terminal, json: boolean): void {
  const message = messageOf(error);
  const remedy = error instanceof CommandError ? error.remedy : null;
  const code =
    error instanceof CommandError || isLifecycleError(error)
      ? error.code
      : error instanceof ConfigError
        ? 'CONFIGURATION'
        : 'INTERNAL_ERROR';
  if (json) err(jsonLine({ error: { code, message, remedy } }));
  else if (code === 'INTERNAL_ERROR') err(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
  else err(`wakeeper: ${message}\n${remedy === null ? '' : `${remedy}\n`}`);
}
