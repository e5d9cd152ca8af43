/**
 * Switches off what Snowflake's driver does unasked as soon as it is loaded: calls to the metadata services of three clouds, a
 * native library, a report on how the connection is addressed. It reads these variables and has no other switch for them.
 */
export function quietSnowflakeDriver(): void {
  process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = 'true';
  process.env.SNOWFLAKE_DISABLE_MINICORE = 'true';
  process.env.SF_TELEMETRY_DISABLE_CONNECTION_SHAPE = 'true';
}
