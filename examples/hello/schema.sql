-- Tables of the hello shop. Run it once, as the owner of the database, after CREATE EXTENSION stopgap.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app_user') THEN
        CREATE ROLE app_user NOLOGIN;
    END IF;
END
$$;

CREATE SCHEMA hello;

CREATE TABLE hello.users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL UNIQUE,
    country    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hello.orders (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id   bigint NOT NULL REFERENCES hello.users,
    status    text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'cancelled')),
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hello.order_items (
    order_id   bigint NOT NULL REFERENCES hello.orders,
    position   integer NOT NULL,
    sku        text NOT NULL,
    quantity   integer NOT NULL CHECK (quantity > 0),
    unit_price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, position)
);

-- Handlers run with the caller's rights: these are all that the app's role needs.
GRANT USAGE ON SCHEMA hello TO app_user;
GRANT SELECT, INSERT ON hello.users, hello.orders, hello.order_items TO app_user;
GRANT UPDATE (status) ON hello.orders TO app_user;
