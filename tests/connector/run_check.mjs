// Runs a file's checkSubscription as Make would: node run_check.mjs FILE BASE_URL KEY CONNECTOR ACCOUNT
// Prints {"returned": …} or {"thrown": "message"}.
import { readFileSync } from 'node:fs';

const [file, baseUrl, key, connector, account] = process.argv.slice(2);

const context = {
  http: {
    async get({ url, headers, params }) {
      const asked = new URL(url);
      const address = new URL(asked.pathname, baseUrl); // the server of the test stands in for the real host
      address.search = new URLSearchParams(params).toString();
      const response = await fetch(address, { headers });
      return { statusCode: response.status, body: await response.json() };
    },
  },
};

const checkSubscription = new Function(`${readFileSync(file, 'utf8')}\nreturn checkSubscription;`)();
try {
  console.log(JSON.stringify({ returned: await checkSubscription(key, connector, account, context) }));
} catch (error) {
  console.log(JSON.stringify({ thrown: error.message }));
}
