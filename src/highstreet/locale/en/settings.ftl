# What each setting means: the words of its Field in kernel/settings.py.

setting-mode = demo and test allow the default secret, http and the terminal; production refuses them.
setting-database_url = sqlite:///path or postgresql://user@host/name.
setting-secret = At least 32 characters; member codes and one-time codes are keyed with it.
setting-host = Address to listen on.
setting-port = Port to listen on.
setting-public_url = How phones and providers reach this server.
setting-runs_worker = Run jobs and reactions inside the server; needed on SQLite, one writer.
setting-writers = Writer threads of one process on PostgreSQL.
setting-readers = Reader threads of one process.
setting-queue_limit = Commands that may wait; more are answered 503.
setting-body_limit_bytes = Largest request body taken.
setting-sign_ins_an_hour = Sign-in codes asked for, and tries, from one address; 0: no limit.
setting-touches_a_minute = Codes touched from one address; 0: no limit.
setting-searches_a_minute = Searches by words from one address; 0: no limit.
setting-wallet_url = Base address of the Wallet provider, https in production; empty: the rail is off.
setting-wallet_merchant_id = Our merchant number at the Wallet provider.
setting-wallet_private_key = Our Ed25519 key for the Wallet provider, 32 bytes in base64.
setting-wallet_platform_key = The Wallet provider's public key in base64; empty: asked of the provider at start (not in production).
setting-sender = How one-time codes are sent; production: http.
setting-sender_url = Where the http sender posts one-time codes.
setting-default_region = Region of phone numbers written without a country code.
setting-return_days = Days in which goods are taken back, and until points become available; a brand may set its own.
setting-metrics_token = Bearer token that /metrics asks for; empty: only this machine may ask, through no proxy.
setting-demo_people = In demo mode: the file with the people whom the front door signs in as, in one tap.
setting-lake_path = Folder for the Parquet files of the event lake.
setting-log_level = Least level logged.
