import { WarehouseError } from '../port.ts';

/** What the driver's errors have. */
interface DriverError extends Error {
  code?: string | number;
  sqlState?: string;
  data?: { queryId?: string };
  response?: { statusCode?: number };
}

/** Answers that the same statement does not get in a new session: this one is gone, or its tokens are. The last is the driver's. */
const GONE = new Set(['390104', '390111', '390112', '390113', '390114', '390115', '407002']);
/** No warehouse is set, or the role may not use it. The class of its SQL state says "try again", wrongly. */
const NO_WAREHOUSE = '000606';
/** SQL state classes of trouble that passes: connection, transaction conflict, resources, cancelled or timed out, system, internal. */
const PASSING = /^(08|40|53|57|58|XX)/;

function isPermanent({ name, code, sqlState, response }: DriverError): boolean {
  switch (name) {
    case 'OperationFailedError':
      // What has no code comes from something in between that answers in Snowflake's place.
      if (code === undefined || GONE.has(String(code))) return false;
      return String(code) === NO_WAREHOUSE || !PASSING.test(sqlState ?? '');
    case 'RequestFailedError': {
      const status = response?.statusCode ?? 0;
      // An account that does not exist answers 403 or 404.
      return status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
    }
    case 'ClientError':
    case 'InvalidParameterError':
    case 'MissingParameterError':
      return !PASSING.test(sqlState ?? '');
    default:
      return false;
  }
}

/** What a person can do about it, for what they meet most. */
function advice({ name, code, sqlState, response }: DriverError): string {
  if (code === '390100')
    return 'expected a login, got a refusal; check SNOWFLAKE_USER and SNOWFLAKE_PASSWORD: ';
  if (code === '390144')
    return 'expected a login, got a refusal; check SNOWFLAKE_USER and that its public key belongs to SNOWFLAKE_PRIVATE_KEY_PATH: ';
  if (GONE.has(String(code))) return 'the session has ended, the next statement opens another: ';
  if (String(code) === NO_WAREHOUSE) return 'set SNOWFLAKE_WAREHOUSE, or give the role its use: ';
  if (name === 'OperationFailedError' && sqlState === '57014') return 'the statement was cancelled: ';
  if (name === 'OperationFailedError' && code === undefined)
    return 'expected an answer of Snowflake, got something else; check SNOWFLAKE_ACCOUNT, and proxies on the way';
  if (name === 'NetworkError' || name === 'RequestFailedError')
    return `expected an answer, got ${response?.statusCode ? `HTTP ${response.statusCode}` : 'none'}; check SNOWFLAKE_ACCOUNT and the network: `;
  if (name === 'LargeResultSetError') return 'expected a part of the result, got an error; ask again: ';
  return '';
}

/**
 * Whatever the driver threw, as an error of the port. The driver's own error stays behind: it holds responses, and Temporal would
 * write a cause into its history. Snowflake's text is kept, cut, with the id under which Snowflake lists the query.
 */
export function warehouseError(error: unknown, { account }: { account: string }): WarehouseError {
  if (error instanceof WarehouseError) return error;
  const thrown = error as DriverError;
  const query = thrown.data?.queryId ? ` (query ${thrown.data.queryId})` : '';
  const code = thrown.code === undefined ? '' : ` [${thrown.code}]`;
  const text = thrown.message.replace(/\s+/g, ' ').trim().slice(0, 500);
  return new WarehouseError(`Snowflake account ${account}: ${advice(thrown)}${text}${code}${query}`, {
    permanent: isPermanent(thrown),
  });
}

/** True where Snowflake no longer knows the session, so that the statement has not run in it. */
export const sessionIsGone = (error: unknown): boolean => {
  const { code, response } = error as DriverError;
  return GONE.has(String(code)) || response?.statusCode === 401;
};

/** True where Snowflake answered and the session is as good as before. */
export const sessionSurvives = (error: unknown): boolean => {
  const { name, code } = error as DriverError;
  return name === 'OperationFailedError' && code !== undefined && !sessionIsGone(error);
};
