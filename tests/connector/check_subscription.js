// A connector's check as we would write it: the request of the documentation, and its three tests in order.
async function checkSubscription(apiKey, connector, accountId, context) {
  const { statusCode, body } = await context.http.get({
    url: 'https://api.bpmcentr.ru/v1/subscription/check',
    headers: { Authorization: `Bearer ${apiKey}` },
    params: { connector, accountId },
  });
  if (statusCode !== 200) {
    throw new Error(`BPM Centr answered ${statusCode} ${body.code}: ${body.message}`);
  }
  const refusal =
    (!body.active && 'no live subscription') ||
    (!body.hasAccess && 'connector not subscribed to') ||
    (body.accountId !== accountId && 'subscribed to for another Make account');
  if (refusal) {
    throw new Error(`${refusal}: ${body.message}`);
  }
  return true;
}
