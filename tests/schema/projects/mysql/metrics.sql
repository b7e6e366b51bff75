-- Measurements: partitions, compressed rows, binary ids, functional keys left to the database's own words.
CREATE TABLE device (
  id binary(16) NOT NULL,
  serial varchar(40) CHARACTER SET ascii NOT NULL,
  place point NOT NULL,
  info json DEFAULT NULL,
  added timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  changed timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  PRIMARY KEY (id),
  UNIQUE KEY serial (serial),
  SPATIAL KEY place (place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE sample (
  device binary(16) NOT NULL,
  at datetime(3) NOT NULL,
  kind tinyint unsigned NOT NULL DEFAULT 0,
  value double NOT NULL,
  quality float DEFAULT NULL,
  raw varbinary(64) DEFAULT NULL,
  PRIMARY KEY (device, at, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC
PARTITION BY RANGE COLUMNS (at) (
  PARTITION p2029 VALUES LESS THAN ('2030-01-01'),
  PARTITION p2030 VALUES LESS THAN ('2031-01-01') COMMENT = 'this year''s',
  PARTITION rest VALUES LESS THAN (MAXVALUE));
CREATE TABLE daily (
  device binary(16) NOT NULL,
  day date NOT NULL,
  low double DEFAULT NULL,
  high double DEFAULT NULL,
  spread double GENERATED ALWAYS AS (high - low) VIRTUAL,
  PRIMARY KEY (device, day),
  KEY by_day (day DESC)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8
PARTITION BY KEY (device) PARTITIONS 4;
