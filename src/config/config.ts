import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { Duration } from '../domain/duration.ts';
import { Policy } from '../domain/policy/policy.ts';
import { policyProblem } from './policy-problem.ts';

const Port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['0', '1', 'true', 'false']).transform((value) => value === '1' || value === 'true');

/** An address stands in traces, so it holds no password. */
const OllamaUrl = z.string().refine(
  (text) => {
    if (text === 'off') return true;
    const url = URL.parse(text);
    return /^https?:$/.test(url?.protocol ?? '') && !url!.username && !url!.password;
  },
  { error: 'expected http://host:port without user or password, or off' },
);

/** Every environment variable of ours, in one place; the README's configuration table is this list. */
const Env = z.object({
  AGENTOPS_DIR: z.string().default('.agentops'),
  AGENTOPS_BIND: z.string().default('127.0.0.1'),
  AGENTOPS_PORT: Port.default(7070),
  AGENTOPS_PUBLIC_URL: z.url().optional(),
  AGENTOPS_URL: z.url().optional(),
  AGENTOPS_TOKEN: z.string().optional(),
  AGENTOPS_ENVIRONMENT: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .default('local'),
  AGENTOPS_POLICY: z.string().default('policy.yaml'),
  AGENTOPS_WATCH: Duration.optional(),
  AGENTOPS_SANDBOX: flag.default(true),
  AGENTOPS_SANDBOX_PORT: Port.default(7071),
  AGENTOPS_SANDBOX_SEED: z.coerce.number().int().default(1),
  AGENTOPS_PLATFORM_URL: z.url().optional(),
  AGENTOPS_WAREHOUSE_URL: z.url().optional(),
  AGENTOPS_WAREHOUSE_TOKEN: z.string().optional(),
  AGENTOPS_TEMPORAL_PORT: Port.default(7233),
  AGENTOPS_TEMPORAL_UI_PORT: Port.default(8233),
  AGENTOPS_TEMPORAL_UI_URL: z.url().optional(),
  AGENTOPS_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  AGENTOPS_KNOWLEDGE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://…')
    .optional(),
  AGENTOPS_EMBEDDER_DIR: z.string().optional(),
  AGENTOPS_RERANKER_DIR: z.string().optional(),
  AGENTOPS_OLLAMA_URL: OllamaUrl.default('http://127.0.0.1:11434'),
  AGENTOPS_OLLAMA_MODEL: z.string().default('llama3'),
  AGENTOPS_OLLAMA_TIMEOUT: Duration.pipe(
    z.number().max(120_000, 'expected at most 2m: then the rules diagnose'),
  ).prefault('60s'),
  SNOWFLAKE_ACCOUNT: z.string().optional(),
  SNOWFLAKE_USER: z.string().optional(),
  SNOWFLAKE_PASSWORD: z.string().optional(),
  SNOWFLAKE_PRIVATE_KEY_PATH: z.string().optional(),
  SNOWFLAKE_PRIVATE_KEY_PASS: z.string().optional(),
  SNOWFLAKE_DATABASE: z.string().default('AGENTOPS'),
  SNOWFLAKE_SCHEMA: z.string().default('PUBLIC'),
  SNOWFLAKE_WAREHOUSE: z.string().optional(),
  SNOWFLAKE_ROLE: z.string().optional(),
  SNOWFLAKE_URL: z.url().optional(),
  HF_ENDPOINT: z.url().default('https://huggingface.co'),
  TEMPORAL_CLI: z.string().optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_PROFILE: z.string().optional(),
  TEMPORAL_CONFIG_FILE: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  HOME: z.string().optional(),
});

/** What child processes of ours are given, and nothing else. */
const PASSED_TO_CHILDREN =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|XDG_CACHE_HOME|NODE_EXTRA_CA_CERTS|(HTTPS?|NO)_PROXY|(https?|no)_proxy|(AGENTOPS|TEMPORAL|SNOWFLAKE|OLLAMA|COMPOSIO|OTEL|HF)_\w+)$/;

/** A setting is missing or malformed. The message is one line that names it, what was expected and what came. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export type Config = ReturnType<typeof readConfig>;

/** Reads the environment once. @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const parsed = Env.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const name = String(issue.path[0]);
    // An address may hold a password.
    const got = (env[name] ?? '').replace(/\/\/[^/]*@/, '//…@');
    throw new ConfigError(`${name}: ${issue.message}; got "${got}"`);
  }
  const e = parsed.data;
  const sandboxUrl = `http://127.0.0.1:${e.AGENTOPS_SANDBOX_PORT}`;
  const vectors = e.AGENTOPS_EMBEDDER_DIR !== 'off';
  const publicUrl = e.AGENTOPS_PUBLIC_URL ?? `http://${e.AGENTOPS_BIND}:${e.AGENTOPS_PORT}`;
  return {
    dataDir: resolve(e.AGENTOPS_DIR),
    /** Downloaded binaries; shared by all data directories of a user. */
    cacheDir: join(e.XDG_CACHE_HOME ?? join(e.HOME ?? homedir(), '.cache'), 'agentops'),
    /** The variables child processes are given. Holds secrets: never log it. */
    childEnv: Object.fromEntries(
      Object.entries(env).filter(([name, value]) => value !== undefined && PASSED_TO_CHILDREN.test(name)),
    ) as Record<string, string>,
    environment: e.AGENTOPS_ENVIRONMENT,
    policyFile: resolve(e.AGENTOPS_POLICY),
    /** Overrides the policy's watch, for demos. */
    watchMs: e.AGENTOPS_WATCH,
    logLevel: e.AGENTOPS_LOG_LEVEL,
    api: { bind: e.AGENTOPS_BIND, port: e.AGENTOPS_PORT, publicUrl },
    /** Where the CLI finds the API, and as whom. */
    client: { url: e.AGENTOPS_URL ?? publicUrl, token: e.AGENTOPS_TOKEN },
    sandbox: {
      enabled: e.AGENTOPS_SANDBOX,
      port: e.AGENTOPS_SANDBOX_PORT,
      seed: e.AGENTOPS_SANDBOX_SEED,
      url: sandboxUrl,
    },
    platform: { url: e.AGENTOPS_PLATFORM_URL ?? sandboxUrl },
    /** The token is in the data directory when it is not in the environment. */
    warehouse: { url: e.AGENTOPS_WAREHOUSE_URL ?? sandboxUrl, token: e.AGENTOPS_WAREHOUSE_TOKEN },
    /** Null: DuckDB. Holds secrets: never log it. */
    snowflake: snowflakeOf(e),
    knowledge: {
      /** Postgres with pgvector; null: SQLite in the data directory. Holds a password: never log it. */
      url: e.AGENTOPS_KNOWLEDGE_URL ?? null,
      /** False: words alone are compared, and no weights are looked for. */
      vectors,
      /** Folders with `model.onnx` and `tokenizer.json`. */
      embedderDir: e.AGENTOPS_EMBEDDER_DIR && vectors ? resolve(e.AGENTOPS_EMBEDDER_DIR) : null,
      rerankerDir: e.AGENTOPS_RERANKER_DIR ? resolve(e.AGENTOPS_RERANKER_DIR) : null,
      modelHub: e.HF_ENDPOINT,
    },
    /** Null: diagnoses are made by rules, no model is asked. */
    ollama:
      e.AGENTOPS_OLLAMA_URL === 'off'
        ? null
        : {
            url: e.AGENTOPS_OLLAMA_URL,
            model: e.AGENTOPS_OLLAMA_MODEL,
            /** For everything that the model is asked in one round of reasoning; then the rules decide. */
            timeoutMs: e.AGENTOPS_OLLAMA_TIMEOUT,
          },
    temporal: {
      /** Null: our own dev server, or the address of a profile. */
      address: e.TEMPORAL_ADDRESS ?? null,
      /** True: no address and no profile is configured, so we start our own dev server. */
      own: !(e.TEMPORAL_ADDRESS || e.TEMPORAL_PROFILE || e.TEMPORAL_CONFIG_FILE),
      port: e.AGENTOPS_TEMPORAL_PORT,
      uiPort: e.AGENTOPS_TEMPORAL_UI_PORT,
      uiUrl: e.AGENTOPS_TEMPORAL_UI_URL ?? `http://127.0.0.1:${e.AGENTOPS_TEMPORAL_UI_PORT}`,
      cli: e.TEMPORAL_CLI,
    },
  };
}

/** What a login to Snowflake takes; the warehouse is Snowflake as soon as an account is named. @throws ConfigError */
function snowflakeOf(e: z.infer<typeof Env>) {
  if (!e.SNOWFLAKE_ACCOUNT) return null;
  if (!e.SNOWFLAKE_USER)
    throw new ConfigError('SNOWFLAKE_USER: expected the user that logs in to SNOWFLAKE_ACCOUNT, got nothing');
  if (!e.SNOWFLAKE_PASSWORD === !e.SNOWFLAKE_PRIVATE_KEY_PATH)
    throw new ConfigError(
      `SNOWFLAKE_PASSWORD or SNOWFLAKE_PRIVATE_KEY_PATH: expected one of the two, got ${e.SNOWFLAKE_PASSWORD ? 'both' : 'neither'}`,
    );
  return {
    account: e.SNOWFLAKE_ACCOUNT,
    user: e.SNOWFLAKE_USER,
    password: e.SNOWFLAKE_PASSWORD ?? null,
    /** A PKCS #8 file, and its passphrase where it has one. */
    privateKeyPath: e.SNOWFLAKE_PRIVATE_KEY_PATH ?? null,
    privateKeyPass: e.SNOWFLAKE_PRIVATE_KEY_PASS ?? null,
    database: e.SNOWFLAKE_DATABASE,
    schema: e.SNOWFLAKE_SCHEMA,
    warehouse: e.SNOWFLAKE_WAREHOUSE ?? null,
    role: e.SNOWFLAKE_ROLE ?? null,
    /** Where the account is reached when not at its usual address. */
    url: e.SNOWFLAKE_URL ?? null,
  };
}

/** What `snowflakeOf` reads. */
export type SnowflakeConfig = NonNullable<ReturnType<typeof snowflakeOf>>;

/**
 * Switches off what Snowflake's driver does unasked as soon as it is loaded: calls to the metadata services of three clouds, a
 * native library, a report on how the connection is addressed. It reads these variables and has no other switch for them.
 */
export function quietSnowflakeDriver(): void {
  process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = 'true';
  process.env.SNOWFLAKE_DISABLE_MINICORE = 'true';
  process.env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE = 'true';
}

/** Parses a policy file's text. @throws ConfigError naming what is wrong, field by field. */
export function parsePolicy(text: string, file: string): Policy {
  let raw: unknown;
  try {
    raw = parseYaml(text);
  } catch (error) {
    throw new ConfigError(`${file}: not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  const policy = Policy.safeParse(raw);
  if (policy.success) return policy.data;
  throw new ConfigError(`${file}: ${policyProblem(policy.error.issues, raw)}`);
}

/** The policy in force: the file, with the overrides of the environment. @throws ConfigError */
export function readPolicy(config: Pick<Config, 'policyFile' | 'watchMs'>): Policy {
  let text: string;
  try {
    text = readFileSync(config.policyFile, 'utf8');
  } catch {
    throw new ConfigError(
      `${config.policyFile}: no such policy file; set AGENTOPS_POLICY or restore policy.yaml`,
    );
  }
  const policy = parsePolicy(text, config.policyFile);
  return config.watchMs === undefined ? policy : { ...policy, watch: config.watchMs };
}
