import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { optionsFromEnvironment } from '../../src/config/environment.js';
import { tempidConfig } from '../../src/config/index.js';

const SECRET = 's'.repeat(32);

const configurationError = (message: string) =>
  expect.objectContaining({
    code: 'TEMPID_CONFIGURATION',
    message: expect.stringContaining(message),
  });

describe('optionsFromEnvironment', () => {
  const TEMPID_SECRET = SECRET;

  it('optionsFromEnvironment reads every variable, without white space around it but for the secret', () => {
    const options = optionsFromEnvironment({
      TEMPID_SECRET: ` ${SECRET} \n`,
      TEMPID_FORMAT: ' v3\n',
      TEMPID_ACCEPT: 'v3, v2',
      TEMPID_ISSUER: 'auth',
      TEMPID_AUDIENCE: ' app ',
      TEMPID_LEEWAY: '5s',
      TEMPID_EXPIRES_IN: '1h',
      TEMPID_MAX_PAYLOAD_BYTES: ' 2048 ',
      TEMPID_PURGE_INTERVAL: '1d ',
      TEMPID_STORE_TIMEOUT: '3s',
    });
    expect(options).toEqual({
      secret: ` ${SECRET} \n`,
      format: 'v3',
      accept: ['v3', 'v2'],
      issuer: 'auth',
      audience: 'app',
      leeway: '5s',
      expiresIn: '1h',
      maxPayloadBytes: 2_048,
      purgeInterval: '1d',
      storeTimeout: '3s',
    });
  });

  it('optionsFromEnvironment leaves the default where a variable is missing or empty', () => {
    const environment = { TEMPID_SECRET, TEMPID_FORMAT: '', TEMPID_LEEWAY: ' ' };
    expect(optionsFromEnvironment(environment)).toEqual({ secret: SECRET });
  });

  it('optionsFromEnvironment accepts v1 for TEMPID_ACCEPT, and refuses it for TEMPID_FORMAT', () => {
    expect(optionsFromEnvironment({ TEMPID_SECRET, TEMPID_ACCEPT: 'v3,v1' })).toEqual({
      secret: SECRET,
      accept: ['v3', 'v1'],
    });
    expect(() => optionsFromEnvironment({ TEMPID_SECRET, TEMPID_FORMAT: 'v1' })).toThrow(
      configurationError(`TEMPID_FORMAT: 'format' names v1, which is only read`),
    );
  });

  it('optionsFromEnvironment reads false for never purging', () => {
    expect(optionsFromEnvironment({ TEMPID_SECRET, TEMPID_PURGE_INTERVAL: 'false' })).toEqual({
      secret: SECRET,
      purgeInterval: false,
    });
  });

  it.each([
    ['TEMPID_SECRET', 'hunter2'],
    ['TEMPID_FORMAT', 'v9'],
    ['TEMPID_ACCEPT', 'v3,'],
    ['TEMPID_LEEWAY', '5'],
    ['TEMPID_EXPIRES_IN', '0s'],
    ['TEMPID_MAX_PAYLOAD_BYTES', 'many'],
    ['TEMPID_PURGE_INTERVAL', 'true'],
  ])('the error for a wrong %s names the variable', (name, value) => {
    const environment = { TEMPID_SECRET, [name]: value };
    expect(() => optionsFromEnvironment(environment)).toThrow(configurationError(`${name}: `));
    expect(() => optionsFromEnvironment(environment)).not.toThrow(/hunter2|sss/);
  });

  it('the error in production names TEMPID_SECRET where it is missing', () => {
    expect(() => optionsFromEnvironment({ NODE_ENV: 'production' })).toThrow(
      configurationError('TEMPID_SECRET: '),
    );
  });
});

describe('tempidConfig', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('tempidConfig is the namespace tempid of @nestjs/config', () => {
    expect(tempidConfig.KEY).toBe('CONFIGURATION(tempid)');
  });

  it('tempidConfig reads the environment of the process when it is called', () => {
    jest.replaceProperty(process, 'env', { TEMPID_SECRET: SECRET, TEMPID_EXPIRES_IN: '1h' });
    expect(tempidConfig()).toEqual({ secret: SECRET, expiresIn: '1h' });
  });

  it.each([{}, { TEMPID_SECRET: ' \n' }])(
    'tempidConfig needs no secret outside production: %j',
    (env) => {
      jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      jest.replaceProperty(process, 'env', env);
      expect(tempidConfig()).toEqual({});
    },
  );

  it('tempidConfig refuses variables that are right alone and wrong together', () => {
    const env = { TEMPID_SECRET: SECRET, TEMPID_FORMAT: 'v2', TEMPID_ISSUER: 'auth' };
    jest.replaceProperty(process, 'env', env);
    expect(() => tempidConfig()).toThrow(configurationError(`'issuer'`));
  });
});
