import { describeMounted } from '../mounted-api.fixture.js';

describeMounted('a Hono application', {
  example: 'hono',
  env: { STAFF_TOKEN: 'open-sesame' },
  headers: { authorization: 'Bearer open-sesame' },
  refusal: /^Unauthorized$/,
  ownNotFound: /^The shop has no such page$/,
});
