CREATE TABLE fired_plts (id int, note text);
CREATE TABLE fired_plpgsql (id int, note text);
CREATE TABLE fired_plpython3u (id int, note text);
CREATE FUNCTION stamp_plts() RETURNS trigger LANGUAGE plts AS $$ctx.trigger.new.note = 'seen'$$;
CREATE FUNCTION stamp_plpgsql() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := 'seen'; RETURN NEW; END$$;
CREATE FUNCTION stamp_plpython3u() RETURNS trigger LANGUAGE plpython3u AS $$
TD["new"]["note"] = "seen"
return "MODIFY"
$$;
CREATE TRIGGER stamp BEFORE INSERT ON fired_plts FOR EACH ROW EXECUTE FUNCTION stamp_plts();
CREATE TRIGGER stamp BEFORE INSERT ON fired_plpgsql FOR EACH ROW EXECUTE FUNCTION stamp_plpgsql();
CREATE TRIGGER stamp BEFORE INSERT ON fired_plpython3u FOR EACH ROW EXECUTE FUNCTION stamp_plpython3u();
